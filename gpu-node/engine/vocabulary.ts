import type { OverlongGuard } from './native/bytes.ts'

/** How a text is read: words only, or with the spellings of special tokens; `continued` follows other text. */
export type Reading = 'plain' | 'special' | 'continued'

export interface Spelling {
  token: string
  /** UTF-8. */
  bytes: number[]
}

/** A model's tokens, without the native library, so that everything above it can be tested alone. */
export interface Vocabulary {
  readonly size: number
  tokenize(text: string, reading: Reading): number[]
  /** The text of consecutive tokens of an answer, leading space included; special tokens have none. */
  textOf(tokens: readonly number[]): string
  isEnd(token: number): boolean
  /** A token by itself: its spelling, also of a special one, and its bytes, perhaps of half a character. */
  spellingOf(token: number): Spelling
  /** The token that every prompt of this model begins with, if it wants one. */
  readonly firstToken: number | undefined
  readonly bosText: string
  readonly eosText: string
  /** Spellings that the tokeniser would take for a special token. */
  readonly specialTexts: readonly string[]
  /** Special tokens that do not end an answer: without text in it, but a grammar would see their spelling. */
  readonly controlTokens: readonly number[]
  readonly overlong: OverlongGuard
  /** UTF-16 code units that one token can stand for at most; undefined where the tokeniser drops characters. */
  readonly longestToken: number | undefined
  /** The template that came with the model. */
  readonly chatTemplate: string | undefined
}
