import { AppError } from '../../../shared/errors.ts'
import { isVisible } from '../../../shared/visible-text.ts'

/** Longest path, in bytes of UTF-8. */
export const MAX_PATH_BYTES = 1_024

const refuse = (why: string) => new AppError('invalid_request', `Invalid 'path': ${why}.`, { param: 'path' })

/** The first rule that a path breaks, in words. */
function faultOf(path: string): string | undefined {
  if (path === '') return 'it is empty'
  if (!path.isWellFormed()) return 'it holds half of a surrogate pair, which is no character'
  if (!isVisible(path)) return 'control characters and bidirectional controls are not allowed in it'
  if (path.includes('\\')) return 'it holds a backslash: folders are separated by /'
  const bytes = new TextEncoder().encode(path).length
  if (bytes > MAX_PATH_BYTES) return `it has ${bytes} bytes, and at most ${MAX_PATH_BYTES} are allowed`
  const segments = path.split('/')
  if (segments.includes('')) return 'it has an empty segment: no slash may begin, end or follow another'
  const dots = segments.find((segment) => segment === '.' || segment === '..')
  return dots === undefined ? undefined : `'${dots}' is no segment of it`
}

/** A path within a workspace, in its one spelling (NFC). Throws `invalid_request` with param `path`, naming the rule. */
export function checkedPath(text: string): string {
  const path = text.normalize('NFC')
  const fault = faultOf(path)
  if (fault !== undefined) throw refuse(fault)
  return path
}

/** The path that another contract writes with a slash at its beginning: `/data/rows.jsonl` is `data/rows.jsonl`. */
export const fromRoot = (text: string): string => checkedPath(text.replace(/^\//, ''))

/** The path that a URL spells, decoded once. Throws as `checkedPath` does. */
export function fromUrl(encoded: string): string {
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    throw refuse('its percent-encoding is not UTF-8')
  }
  return checkedPath(path)
}

const LAST_CHARACTER = 0x10ffff

/** The first text, in the order of UTF-8 bytes, that comes after all that begin with a prefix; undefined where none does. */
export function afterPrefix(prefix: string): string | undefined {
  const characters = [...prefix]
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? LAST_CHARACTER
    if (last === LAST_CHARACTER) continue
    // Halves of pairs are no characters.
    return characters.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}
