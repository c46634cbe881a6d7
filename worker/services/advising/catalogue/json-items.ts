import { AppError } from '../../../../shared/errors.ts'
import { readJson } from '../../../../shared/json-text.ts'
import { badLine, textOf } from './csv-records.ts'

/** Characters of one object. */
export const MAX_ITEM_LENGTH = 64 * 1024

/** An object of a JSON file. */
export interface JsonItem {
  /** The line on which it begins, from 1. */
  line: number
  value: unknown
}

const [QUOTE, BACKSLASH, LINE_FEED, COMMA] = [0x22, 0x5c, 0x0a, 0x2c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
const BLANK = new Set([0x20, 0x09, 0x0d])

/** Cuts text into its outermost objects: those of one list, or one after the other. */
class ItemCutter {
  #line = 1
  #itemLine = 1
  #item = ''
  /** Of braces and brackets within an item. */
  #depth = 0
  #isQuoted = false
  #isEscaped = false
  #list: 'none' | 'open' | 'closed' = 'none'
  #hasBegun = false
  #mayFollow = true

  /** The items that end within the text. */
  take(text: string): { line: number; text: string }[] {
    const items: { line: number; text: string }[] = []
    let from = 0
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === LINE_FEED) this.#line += 1
      if (this.#depth === 0) {
        if (this.#between(code)) from = at
      } else if (this.#within(code)) {
        items.push({ line: this.#itemLine, text: this.#item + text.slice(from, at + 1) })
        this.#item = ''
        from = at + 1
      }
    }
    if (this.#depth > 0) {
      this.#item += text.slice(from)
      if (this.#item.length > MAX_ITEM_LENGTH) throw badLine(this.#itemLine, 'the object is too long')
    }
    return items
  }

  end(): void {
    if (this.#depth > 0 || this.#list === 'open') throw badLine(this.#line, 'the JSON ends too early')
    if (!this.#hasBegun) throw new AppError('invalid_request', 'The file is empty.')
  }

  /** Whether an item begins. */
  #between(code: number): boolean {
    if (code === LINE_FEED || BLANK.has(code)) return false
    const isFirst = !this.#hasBegun
    this.#hasBegun = true
    if (code === OPEN_BRACE && this.#mayFollow && this.#list !== 'closed') {
      this.#depth = 1
      this.#itemLine = this.#line
      this.#mayFollow = this.#list === 'none'
      return true
    }
    if (code === OPEN_BRACKET && isFirst) this.#list = 'open'
    else if (code === COMMA && this.#list === 'open' && !this.#mayFollow) this.#mayFollow = true
    else if (code === CLOSE_BRACKET && this.#list === 'open') this.#list = 'closed'
    else throw badLine(this.#line, 'expected a list of objects, or objects one after the other')
    return false
  }

  /** Whether the item ends. */
  #within(code: number): boolean {
    if (this.#isQuoted) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (code === BACKSLASH) this.#isEscaped = true
      else if (code === QUOTE) this.#isQuoted = false
      return false
    }
    if (code === QUOTE) this.#isQuoted = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth += 1
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) this.#depth -= 1
    return this.#depth === 0
  }
}

function parsedOf({ line, text }: { line: number; text: string }): JsonItem {
  if (text.length > MAX_ITEM_LENGTH) throw badLine(line, 'the object is too long')
  try {
    return { line, value: readJson(text, 'The object').value }
  } catch (cause) {
    throw badLine(line, 'it is not valid JSON', cause)
  }
}

/** The objects of a JSON file as its bytes come: one list of them, or one after the other. Throws `invalid_request`. */
export async function* jsonItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<JsonItem, void, void> {
  const decode = textOf()
  const cutter = new ItemCutter()
  for await (const chunk of bytes) for (const item of cutter.take(decode(chunk))) yield parsedOf(item)
  for (const item of cutter.take(decode())) yield parsedOf(item)
  cutter.end()
}
