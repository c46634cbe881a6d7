/** Random bytes in an id, after four bytes of unix seconds. */
export const ID_RANDOM_BYTES = 8

const ID_FORM = /^[0-9a-f]{24}$/

/**
 * The one id of a row: 96 bits, 4 bytes of unix seconds and 8 random bytes, as 24 hex digits, so that ids sort by age.
 * What a contract shows is a reversible spelling of it (`chatcmpl-…`), never a second stored id.
 */
export function makeId(nowMs: number, random: Uint8Array): string {
  if (random.length !== ID_RANDOM_BYTES) throw new RangeError(`An id needs ${ID_RANDOM_BYTES} random bytes.`)
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return seconds + Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const isId = (text: string): boolean => ID_FORM.test(text)

/** Where a UUID (RFC 9562 §5.8, version 8) holds the digits of an id: all others are fixed. */
const UUID_FORM = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{6})000000$/i

/** The spelling of an id that is a UUID: its 96 bits, the version, the variant, and zeros. Sorts as the id does. */
export const toUuid = (id: string): string =>
  id.replace(/^(.{8})(.{4})(.{3})(.{3})(.{6})$/, '$1-$2-8$3-8$4-$5000000')

/** The id that a UUID spells, in capitals or not (RFC 9562 §4); undefined for one that spells none. */
export function fromUuid(uuid: string): string | undefined {
  const digits = UUID_FORM.exec(uuid)?.slice(1)
  return digits?.join('').toLowerCase()
}

/** How a key begins: `sk-` is OpenAI's form, `raj_` is Rajora's. Both work wherever a key does. */
export const KEY_KINDS = ['sk-', 'raj_'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** Whether a credential has the form of a key. */
export const isKey = (credential: string): boolean => KEY_KINDS.some((kind) => credential.startsWith(kind))
