import type { ToolCallDelta } from '../../../shared/generation.ts'
import { BLANKS, type CallFinder } from './call-finder.ts'
import type { ToolFormat } from './tool-formats.ts'

/** A piece of text, read. */
export interface ParsedText {
  /** Content that can be sent. */
  text: string
  calls: ToolCallDelta[]
  /** The fate of the characters that were decided, in their order. */
  spans: { length: number; isContent: boolean }[]
}

/** A part of a call that is to come: blanks or none, these characters, a name up to its quote, an object, `,` or `]`. */
type Step = 'blanks' | 'name' | 'object' | 'more' | { text: string }

/** Follows a JSON object to its end. Does not check it: a grammar did, or nobody can. */
class ObjectEnd {
  #depth = 0
  #isText = false
  #isEscaped = false

  /** True with the last character. */
  read(character: string): boolean {
    if (this.#isEscaped) this.#isEscaped = false
    else if (this.#isText) {
      if (character === '\\') this.#isEscaped = true
      else if (character === '"') this.#isText = false
    } else if (character === '"') this.#isText = true
    else if (character === '{' || character === '[') this.#depth += 1
    else if (character === '}' || character === ']') this.#depth -= 1
    return this.#depth === 0
  }
}

export interface ToolParserOptions {
  format: ToolFormat
  finder: CallFinder
  names: ReadonlySet<string>
}

/**
 * Tells tool calls from text in an answer while it grows, the same however the answer is cut into pieces. What may become
 * a call is held until it is one, which is when its arguments begin; what does not is text again. Blanks around calls
 * are dropped.
 */
export class ToolParser {
  readonly #options: ToolParserOptions
  #state: number
  /** Blanks that are text if text follows. */
  #blanks = ''
  /** Whether nothing but blanks came since the beginning or the last call. */
  #isFresh = true
  /** Text that may be the beginning of a call. */
  #held = ''
  /** The parts of a call that are still to come; undefined in text. */
  #steps: Step[] | undefined
  /** Characters of the first step that were read. */
  #read = ''
  #name = ''
  #object: ObjectEnd | undefined
  /** Whether the arguments of the call have begun. */
  #isTold = false
  #out: ParsedText = { text: '', calls: [], spans: [] }
  /** Calls whose arguments have begun. */
  callCount = 0

  constructor(options: ToolParserOptions) {
    this.#options = options
    this.#state = options.finder.start
  }

  feed(text: string): ParsedText {
    for (const character of text.split('')) this.#take(character)
    return this.#give()
  }

  /**
   * Reads the text that is still held, when no more will come. Of an answer that was `cut` it may be the beginning of a
   * call, and is not told; one that its model ended holds none.
   */
  flush({ isCut }: { isCut: boolean }): ParsedText {
    const isBeginning = isCut && this.#held !== ''
    if (isBeginning) {
      this.#span(this.#blanks, false)
      this.#span(this.#held, false)
    } else {
      this.#tell(this.#held)
      this.#span(this.#blanks, this.callCount === 0)
    }
    this.#held = ''
    this.#blanks = ''
    return this.#give()
  }

  #give(): ParsedText {
    const out = this.#out
    this.#out = { text: '', calls: [], spans: [] }
    return out
  }

  #take(character: string): void {
    if (this.#steps === undefined) this.#takeText(character)
    else if (this.#object) this.#takeArgument(character, this.#object)
    else this.#takeStep(character, this.#steps)
  }

  #takeText(character: string): void {
    const { finder } = this.#options
    const target = finder.next(this.#state, character)
    const before = this.#held.length
    this.#held += character
    if (typeof target === 'number') {
      this.#state = target
      const length = this.#held.length - finder.heldIn(target, before)
      this.#tell(this.#held.slice(0, length))
      this.#held = this.#held.slice(length)
      return
    }
    this.#name = target.name ?? ''
    this.#steps = target.name === undefined ? this.#afterMark() : this.#afterName()
    this.#read = ''
  }

  #takeStep(character: string, steps: Step[]): void {
    const [step] = steps
    if (step === 'blanks' && !BLANKS.includes(character)) {
      steps.shift()
      this.#take(character)
    } else if (step === 'object' && character === '{') {
      this.#begin(character)
    } else if (step === 'more' && (character === ',' || character === ']')) {
      this.#end(character, character === ',' ? ['blanks', ...this.#wholeObject()] : undefined)
    } else {
      const fit = this.#fitOf(step, character)
      if (fit === 'whole') {
        steps.shift()
        this.#read = ''
      }
      if (fit === 'none') this.#giveUp(character)
      else if (steps.length === 0) this.#end(character)
      else this.#keep(character)
    }
  }

  /** Whether a character goes on with a step, or completes it. */
  #fitOf(step: Step | undefined, character: string): 'none' | 'part' | 'whole' {
    if (step === 'blanks') return 'part'
    this.#read += character
    const read = this.#read
    if (step === 'name') {
      const { names } = this.#options
      this.#name = read.slice(0, -1)
      if (character === '"' && names.has(this.#name)) return 'whole'
      return [...names].some((name) => name.startsWith(read)) ? 'part' : 'none'
    }
    if (typeof step !== 'object' || !step.text.startsWith(read)) return 'none'
    return step.text === read ? 'whole' : 'part'
  }

  /** Before its arguments a call is held, because it may be none; behind them its characters say nothing. */
  #keep(character: string): void {
    if (this.#isTold) this.#span(character, false)
    else this.#held += character
  }

  #begin(character: string): void {
    this.#span(this.#blanks, false)
    this.#span(this.#held, false)
    this.#blanks = ''
    this.#held = ''
    this.#isTold = true
    this.#out.calls.push({ index: this.callCount, name: this.#name, arguments: '' })
    this.callCount += 1
    this.#object = new ObjectEnd()
    this.#takeArgument(character, this.#object)
  }

  #takeArgument(character: string, object: ObjectEnd): void {
    const index = this.callCount - 1
    const last = this.#out.calls.at(-1)
    if (last?.index === index) last.arguments += character
    else this.#out.calls.push({ index, arguments: character })
    this.#span(character, false)
    if (!object.read(character)) return
    this.#object = undefined
    this.#read = ''
    this.#steps = this.#afterObject()
  }

  /** A call is over, and what follows is between calls unless another one must follow. */
  #end(character: string, next?: Step[]): void {
    this.#span(character, false)
    this.#steps = next
    this.#read = ''
    this.#isTold = false
    this.#isFresh = true
    this.#state = this.#options.finder.start
  }

  /** It was no call, or it is over in a way of its own. */
  #giveUp(character: string): void {
    const { finder } = this.#options
    const text = this.#held + character
    const wasTold = this.#isTold
    this.#steps = undefined
    this.#read = ''
    this.#isTold = false
    this.#held = ''
    if (wasTold) {
      this.#isFresh = true
      this.#state = finder.start
      this.#take(character)
    } else {
      // Its first character is text for certain; another call may begin behind it.
      this.#state = finder.text
      this.#tell(text.slice(0, 1))
      for (const other of text.slice(1).split('')) this.#take(other)
    }
  }

  #tell(text: string): void {
    if (text === '') return
    const { separator } = this.#options.format
    let told = text
    if (this.#isFresh) {
      const isBlank = (character: string): boolean =>
        BLANKS.includes(character) || (this.callCount > 0 && separator.includes(character))
      const at = text.split('').findIndex((character) => !isBlank(character))
      this.#blanks += at < 0 ? text : text.slice(0, at)
      if (at < 0) return
      told = this.#blanks + text.slice(at)
      this.#blanks = ''
      this.#isFresh = false
    }
    this.#span(told, true)
  }

  #span(text: string, isContent: boolean): void {
    if (text === '') return
    if (isContent) this.#out.text += text
    this.#out.spans.push({ length: text.length, isContent })
  }

  #afterMark(): Step[] {
    const { isList } = this.#options.format
    return ['blanks', ...(isList ? [{ text: '[' }, 'blanks' as const] : []), ...this.#wholeObject()]
  }

  #wholeObject(): Step[] {
    const { nameKey } = this.#options.format
    return [
      { text: '{' },
      'blanks',
      { text: `"${nameKey}"` },
      'blanks',
      { text: ':' },
      'blanks',
      { text: '"' },
      'name',
      ...this.#afterName(),
    ]
  }

  #afterName(): Step[] {
    const { argumentsKey } = this.#options.format
    return [
      'blanks',
      { text: ',' },
      'blanks',
      { text: `"${argumentsKey}"` },
      'blanks',
      { text: ':' },
      'blanks',
      'object',
    ]
  }

  #afterObject(): Step[] {
    const { isList, closing } = this.#options.format
    return [
      'blanks',
      { text: '}' },
      ...(isList ? (['blanks', 'more'] as const) : []),
      ...(closing === undefined ? [] : (['blanks', { text: closing }] as const)),
    ]
  }
}
