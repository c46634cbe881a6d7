import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json'
import type { DocumentPage } from '../../../../shared/document-page.ts'
import { MAX_JSON_DEPTH } from '../../../../shared/json-text.ts'
import { gatherLines, gatherPieces } from './pieces.ts'
import { unreadable } from './refusals.ts'
import { type Source, textParts } from './text-lines.ts'

/** Longest text or number, in characters: a bound for a quote that never ends. */
export const MAX_VALUE_CHARACTERS = 4 * 1024 * 1024

/** Longest name of a value; and as much of those that lead to a value as is told before it. */
export const MAX_NAME_CHARACTERS = 64 * 1024
export const MAX_SHOWN_PATH = 1_000

/** Lines of one value that are told together, in characters. */
const PARAGRAPH_CHARACTERS = 2_000

/** A list or an object that is open, and the name whose value comes. */
interface Frame {
  isList: boolean
  name: string
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' | 'another'

class MistakeError extends Error {}

/** The tokens of JSON with its numbers as they are written. */
class NumberKeeper extends Tokenizer {
  written = ''
  override parseNumber(text: string): number {
    this.written = text
    return super.parseNumber(text)
  }
}

/** Checks the grammar of JSON (RFC 8259) token by token, one value or several behind each other, and tells its leaves. */
function grammar(leaf: (path: string, value: string) => void, itemEnd: () => void) {
  const frames: Frame[] = []
  let expected: Expected = 'value'

  const fail = (): never => {
    throw new MistakeError(
      expected === 'another' ? 'nothing more' : `a ${expected.replace('another', 'value')}`,
    )
  }
  const need = (...allowed: Expected[]) => {
    if (!allowed.includes(expected)) fail()
  }
  function valueEnds(): void {
    expected = frames.length === 0 ? 'another' : 'comma or end'
    if (frames.length <= 1) itemEnd()
  }
  function open(isList: boolean): void {
    need('value', 'value or ]', 'another')
    if (frames.length >= MAX_JSON_DEPTH) throw new MistakeError(`at most ${MAX_JSON_DEPTH} levels`)
    frames.push({ isList, name: '' })
    expected = isList ? 'value or ]' : 'name or }'
  }
  function close(isList: boolean): void {
    need('comma or end', isList ? 'value or ]' : 'name or }')
    if (frames.at(-1)?.isList !== isList) fail()
    frames.pop()
    valueEnds()
  }
  function scalar(text: string): void {
    need('value', 'value or ]', 'another')
    let path = ''
    for (const { name } of frames) {
      if (name !== '') path += path === '' ? name : `.${name}`
      if (path.length > MAX_SHOWN_PATH) break
    }
    leaf(path.slice(0, MAX_SHOWN_PATH).toWellFormed(), text)
    if (frames.length === 0) valueEnds()
    else expected = 'comma or end'
  }
  function text(value: string): void {
    const frame = frames.at(-1)
    if (frame && (expected === 'name' || expected === 'name or }')) {
      if (value.length > MAX_NAME_CHARACTERS)
        throw new MistakeError(`a name of at most ${MAX_NAME_CHARACTERS} characters`)
      frame.name = value
      expected = 'colon'
    } else scalar(value)
  }
  const marks: Record<string, () => void> = {
    '{': () => open(false),
    '}': () => close(false),
    '[': () => open(true),
    ']': () => close(true),
    ':': () => {
      need('colon')
      expected = 'value'
    },
    ',': () => {
      need('comma or end')
      expected = frames.at(-1)?.isList ? 'value' : 'name'
    },
  }
  return {
    text,
    scalar,
    mark: (mark: string): void => marks[mark]?.(),
    end(): void {
      need('another')
    },
  }
}

/** JSON, or a JSON value on each line: each leaf with the names that lead to it. */
export async function* readJson(source: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  const paragraph = gatherLines(pieces, PARAGRAPH_CHARACTERS)
  const rules = grammar((path, value) => {
    if (value !== '' && value !== 'null') paragraph.add(path === '' ? value : `${path}: ${value}`)
  }, paragraph.end)
  const tokens = new NumberKeeper()
  let read = 0
  let lastToken = 0
  tokens.onToken = ({ token, value }) => {
    lastToken = read
    if (token === TokenType.STRING) rules.text(String(value))
    else if (token === TokenType.NUMBER) rules.scalar(tokens.written)
    else if (token <= TokenType.COMMA || token === TokenType.COMMA) rules.mark(String(value))
    else rules.scalar(String(value))
  }
  // What `onToken` throws must come out of `write`.
  tokens.onError = (error) => {
    throw error
  }
  try {
    for await (const part of textParts(source)) {
      read += part.length
      tokens.write(part)
      if (read - lastToken > MAX_VALUE_CHARACTERS)
        throw unreadable(source.name, 'holds a text of more than 4 MB within its JSON.')
      yield* pieces.taken()
    }
    tokens.end()
    rules.end()
  } catch (thrown) {
    throw mistakeOf(source.name, thrown, read)
  }
  paragraph.end()
  yield* pieces.taken(true)
}

function mistakeOf(name: string, thrown: unknown, read: number): unknown {
  const within = `is no JSON: within its first ${read} characters`
  if (thrown instanceof MistakeError) return unreadable(name, `${within} there should be ${thrown.message}.`)
  return thrown instanceof TokenizerError ? unreadable(name, `${within} is something else.`, thrown) : thrown
}
