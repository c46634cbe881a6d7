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
