import type { LlamaModel } from 'node-llama-cpp'
import { LlamaVocabularyType } from 'node-llama-cpp'

/** The bytes of a token that is no whole text by itself; undefined for one that is, or that has another form. */
export type BytesOf = (token: number) => readonly number[] | undefined

/** The printable characters by which GPT-2's byte-level BPE writes bytes (`bytes_to_unicode` in its encoder.py). */
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = (() => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  const bytes = new Map<string, number>()
  let others = 0
  for (let byte = 0; byte < 256; byte++) {
    bytes.set(String.fromCharCode(isPrintable(byte) ? byte : 256 + others++), byte)
  }
  return bytes
})()

/** The bytes that stand for tokens in a model's file. */
export function bytesInFile(model: LlamaModel): BytesOf {
  const { tokens } = model.fileInfo.metadata.tokenizer.ggml
  const isByteLevel = model.vocabularyType === LlamaVocabularyType.bpe
  return (token) => {
    const written = tokens[token] ?? ''
    const single = /^<0x([0-9A-F]{2})>$/u.exec(written)?.[1]
    if (single !== undefined) return [Number.parseInt(single, 16)]
    if (!isByteLevel) return undefined
    const bytes = Array.from(written, (character) => BYTE_OF_CHARACTER.get(character))
    const known = bytes.filter((byte) => byte !== undefined)
    return known.length === bytes.length ? known : undefined
  }
}

/**
 * Tokens that would write a character in more bytes than it needs. That is no UTF-8 (RFC 3629 §3), but the grammars of
 * llama.cpp read it as the character, and the answer would hold something else than they allowed.
 */
export interface OverlongGuard {
  /** Tokens that begin such a character whatever follows. */
  readonly always: readonly number[]
  /** Tokens that do so behind this one. */
  after(token: number): readonly number[]
}

const NONE: readonly number[] = []

export function createOverlongGuard(bytesOf: BytesOf, size: number): OverlongGuard {
  const always: number[] = []
  const endings = new Map<number, number>()
  const behind = new Map<number, number[]>([
    [0xe0, []],
    [0xf0, []],
  ])
  for (let token = 0; token < size; token += 1) {
    const bytes = bytesOf(token)
    const first = bytes?.[0] ?? 0
    const last = bytes?.at(-1) ?? 0
    if (first === 0xc0 || first === 0xc1) always.push(token)
    if (first >= 0x80 && first <= 0x9f) behind.get(0xe0)?.push(token)
    if (first >= 0x80 && first <= 0x8f) behind.get(0xf0)?.push(token)
    if (behind.has(last)) endings.set(token, last)
  }
  return { always, after: (token) => behind.get(endings.get(token) ?? 0) ?? NONE }
}
