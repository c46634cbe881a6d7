import { AppError } from './errors.ts'
import { type Path, paramOf } from './json-path.ts'

/** How deep a JSON text may nest. */
export const MAX_JSON_DEPTH = 64

/** Lists and objects that a JSON text may hold. The longest chats with the largest tools have some thousands. */
export const MAX_JSON_CONTAINERS = 50_000

/** Names that the objects of a JSON text may have, all together. */
export const MAX_JSON_KEYS = 50_000

/** Values that a JSON text may hold, e.g. the tokens of a prompt: OpenAI takes 300,000 of them in one request. */
export const MAX_JSON_VALUES = 350_000

/** The sizes of a JSON text that say what it costs to check. */
export interface JsonSize {
  depth: number
  containers: number
  keys: number
  /** Of lists and objects, and themselves; a few too many where some are empty. */
  values: number
}

/** The sizes of a JSON text without parsing it: a parser would already have built what we mean to refuse. */
export function sizeOfJson(json: string): JsonSize {
  const size = { depth: 0, containers: 0, keys: 0, values: 0 }
  let depth = 0
  let inString = false
  for (let index = 0; index < json.length; index += 1) {
    const character = json.charCodeAt(index)
    if (inString) {
      if (character === 0x5c) index += 1
      else if (character === 0x22) inString = false
    } else if (character === 0x22) inString = true
    else if (character === 0x2c) size.values += 1
    else if (character === 0x3a) size.keys += 1
    else if (character === 0x5b || character === 0x7b) {
      size.containers += 1
      size.values += 1
      depth += 1
      if (depth > size.depth) size.depth = depth
    } else if (character === 0x5d || character === 0x7d) depth -= 1
  }
  return size
}

const refuse = (message: string, cause?: unknown) => new AppError('invalid_request', message, { cause })

function checkSize({ depth, containers, keys, values }: JsonSize, subject: string): void {
  if (depth > MAX_JSON_DEPTH) throw refuse(`${subject} nests deeper than ${MAX_JSON_DEPTH} levels.`)
  if (containers > MAX_JSON_CONTAINERS)
    throw refuse(`${subject} holds more than ${MAX_JSON_CONTAINERS} lists and objects.`)
  if (keys > MAX_JSON_KEYS) throw refuse(`${subject} holds more than ${MAX_JSON_KEYS} names.`)
  if (values > MAX_JSON_VALUES) throw refuse(`${subject} holds more than ${MAX_JSON_VALUES} values.`)
}

/** Escapes are the only way in for half of a surrogate pair: UTF-8 has no bytes for it (RFC 3629 §3). */
const MAY_BE_HALF = /\\u[dD][89a-fA-F]/

const halfAt = (path: Path, where: string) => {
  const param = paramOf(path)
  const message = `Invalid '${param || 'body'}': ${where} half of a surrogate pair, which is no character.`
  return new AppError('invalid_request', message, { param: param || undefined })
}

/**
 * Throws `invalid_request`, with its name, for text that no UTF-8 can say: two texts would be stored as the same one
 * (RFC 8259 §8.2).
 */
function checkText(value: unknown, path: (string | number)[] = []): void {
  if (typeof value === 'string' && !value.isWellFormed()) throw halfAt(path, 'it holds')
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof key === 'string' && !key.isWellFormed()) throw halfAt(path, 'a name in it holds')
    path.push(key)
    checkText(item, path)
    path.pop()
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/y
const WHOLE_NUMBER = /\s*(-?\d+)\s*[,}]/y

const matchAt = (pattern: RegExp, json: string, index: number): RegExpExecArray | null => {
  pattern.lastIndex = index
  return pattern.exec(json)
}

/** The whole numbers that stand in the outermost object of a JSON text, by their names, to the last digit. */
function exactNumbers(json: string): Map<string, bigint> {
  const exact = new Map<string, bigint>()
  let depth = 0
  let name = ''
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index]
    if (character === '"') {
      const text = matchAt(STRING, json, index)?.[0] ?? ''
      if (depth === 1) name = text
      index += text.length - 1
    } else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    else if (character === ':' && depth === 1) {
      const key = String(JSON.parse(name))
      const digits = matchAt(WHOLE_NUMBER, json, index + 1)?.[1]
      // Of a name that stands twice the last is meant.
      if (digits === undefined) exact.delete(key)
      else exact.set(key, BigInt(digits))
    }
  }
  return exact
}

/** Whether a whole number of an object may have been rounded. */
const isRounded = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).some((item) => Number.isInteger(item) && !Number.isSafeInteger(item))

const NONE: ReadonlyMap<string, bigint> = new Map()

/** May hold `__proto__`, as it is written or with one of its letters escaped. */
const MAY_NAME_PROTOTYPE = /__proto__|\\u00(?:5f|6f|7[024])/i

/**
 * Throws `invalid_request`, with its name, for a name that is not one of an object's own in JavaScript: validators lose it
 * without a word, and what is built of it has another prototype.
 */
function checkNames(value: unknown, path: (string | number)[] = []): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    path.push(key)
    if (key === '__proto__') {
      const param = paramOf(path)
      throw new AppError('invalid_request', `Invalid '${param}': no field can have this name.`, { param })
    }
    checkNames(item, path)
    path.pop()
  }
}

/** A JSON text, read: what it says, and how much that is. */
export interface ReadJson {
  value: unknown
  size: JsonSize
  /** Of an object in which a whole number of its own is rounded in `value`: all of them, to the last digit. */
  exact: ReadonlyMap<string, bigint>
}

/**
 * Reads a JSON text within our limits. `subject` begins the sentence of a refusal: `The request body`. Throws
 * `invalid_request`.
 */
export function readJson(json: string, subject: string): ReadJson {
  const size = sizeOfJson(json)
  checkSize(size, subject)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw refuse(`${subject} is not valid JSON.`, cause)
  }
  if (MAY_BE_HALF.test(json)) checkText(value)
  if (MAY_NAME_PROTOTYPE.test(json)) checkNames(value)
  return { value, size, exact: isRounded(value) ? exactNumbers(json) : NONE }
}
