/** How the tokeniser of llama.cpp spells a blank. */
export const BLANK = '▁'

/** Tokens that are not text. */
export const SPECIALS = ['<unk>', '<|im_start|>', '<|im_end|>'] as const

/** The tokens of single bytes, for whatever no other token spells. */
export const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
)

/** llama.cpp's types of tokens. */
const TYPES = { normal: 1, unknown: 2, control: 3, byte: 6 } as const

/** A vocabulary as GGUF has it. What comes first in `words` is put together first. */
export interface Vocabulary {
  tokens: readonly string[]
  scores: readonly number[]
  types: readonly number[]
  /** How rare each token is: −1 for those of every sentence, 1 for those of hardly any. */
  rarity: readonly number[]
}

/**
 * Pieces that no token reaches beyond: a word with the blank before it, one digit, one end of a line, a run of other signs.
 * Digits stay single, so that a number is read place by place (arXiv 2305.14201). Behind the line that opens an answer the
 * answer begins with a token of its own: otherwise a talk would be other tokens when it is read again than when it was
 * written, and could be learned from by one answer at a time alone.
 */
const PIECE = /▁?\p{L}+|\d|\n|▁?[^\p{L}\d▁\n]+|▁+/gu

/** How often each piece occurs. */
export function countPieces(counts: Map<string, number>, text: string): void {
  for (const [piece] of text.replaceAll(' ', BLANK).matchAll(PIECE))
    counts.set(piece, (counts.get(piece) ?? 0) + 1)
}

interface Word {
  parts: string[]
  count: number
}

const pairsOf = ({ parts }: Word): string[] =>
  parts.slice(1).map((part, place) => `${parts[place]}\u0000${part}`)

/** Puts together all neighbours that are this pair. */
function merge(word: Word, left: string, right: string): void {
  const merged: string[] = []
  for (let place = 0; place < word.parts.length; place += 1) {
    const part = word.parts[place] ?? ''
    if (part === left && word.parts[place + 1] === right) {
      merged.push(left + right)
      place += 1
    } else merged.push(part)
  }
  word.parts = merged
}

/** The most frequent pair; of equals the one that comes first in the alphabet, so that the order of counting does not matter. */
function mostFrequent(pairs: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined
  let bestCount = 1
  for (const [pair, count] of pairs) {
    if (count < bestCount || (count === bestCount && best !== undefined && pair >= best)) continue
    best = pair
    bestCount = count
  }
  return best
}

/**
 * Byte-pair encoding (arXiv 1508.07909), written as the vocabulary of a SentencePiece model: whatever is put together first
 * scores highest, and what no token spells is written as bytes.
 */
export function learnVocabulary(counts: ReadonlyMap<string, number>, size: number): Vocabulary {
  const letters = new Set<string>()
  const words: Word[] = []
  for (const [piece, count] of counts) {
    const parts = [...piece]
    for (const part of parts) letters.add(part)
    words.push({ parts, count })
  }
  const pairs = new Map<string, number>()
  const holders = new Map<string, Set<Word>>()
  const add = (word: Word, sign: 1 | -1) => {
    for (const pair of pairsOf(word)) {
      pairs.set(pair, (pairs.get(pair) ?? 0) + sign * word.count)
      if (sign < 0) continue
      const known = holders.get(pair)
      if (known) known.add(word)
      else holders.set(pair, new Set([word]))
    }
  }
  for (const word of words) add(word, 1)
  const base = [...letters].toSorted()
  const learned: string[] = []
  const room = size - SPECIALS.length - BYTES.length - base.length
  while (learned.length < room) {
    const pair = mostFrequent(pairs)
    if (pair === undefined) break
    const [left = '', right = ''] = pair.split('\u0000')
    for (const word of holders.get(pair) ?? []) {
      add(word, -1)
      merge(word, left, right)
      add(word, 1)
    }
    pairs.delete(pair)
    holders.delete(pair)
    learned.push(left + right)
  }
  return vocabularyOf([...new Set(learned), ...base], usesIn(words))
}

/** How often each part is used. */
function usesIn(words: readonly Word[]): Map<string, number> {
  const uses = new Map<string, number>()
  for (const { parts, count } of words)
    for (const part of parts) uses.set(part, (uses.get(part) ?? 0) + count)
  return uses
}

/** Neither rare nor common is a token of which so many in ten thousand are one. */
const MIDDLING = 12

/** By powers of ten. */
function rarityOf(tokens: readonly string[], uses: ReadonlyMap<string, number>): number[] {
  const all = [...uses.values()].reduce((sum, count) => sum + count, 0)
  return tokens.map((token, place) => {
    if (place < SPECIALS.length) return -1
    const share = ((uses.get(token) ?? 0) + 1) / (all + 1)
    return Math.max(-1, Math.min(1, Math.log10(MIDDLING / 1e4 / share)))
  })
}

/** The vocabulary of these words, behind the tokens that are none. */
export function vocabularyOf(
  words: readonly string[],
  uses: ReadonlyMap<string, number> = new Map(),
): Vocabulary {
  const tokens = [...SPECIALS, ...BYTES, ...words]
  return {
    tokens,
    scores: tokens.map((_, place) => -place),
    types: [
      TYPES.unknown,
      TYPES.control,
      TYPES.control,
      ...BYTES.map(() => TYPES.byte),
      ...words.map(() => TYPES.normal),
    ],
    rarity: rarityOf(tokens, uses),
  }
}
