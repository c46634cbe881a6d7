import { lossRowsOf, type Sample } from './window.ts'

/** Samples that lie side by side in one window. */
export interface Packed {
  samples: readonly Sample[]
  /** Their tokens together. */
  tokens: number
  /** The length of the window. */
  length: number
}

/** Windows are as long as what a run allows, or a part of it: a short row in a long window would compute mostly nothing. */
const SHARES = [16, 8, 4, 2, 1] as const

/** Windows are multiples of so many tokens: products of other lengths are far slower. */
const LENGTH_STEP = 32

/** Where no graph has to be made anew, lengths may be as many as they like; finer than this saves nothing more. */
const FINE_STEP = 64

/** Samples share no window that is longer, where windows may have many lengths. */
export const SHARED_TOKENS = 384

/** So much as is computed fast. */
export const wholeSteps = (tokens: number): number => Math.ceil(tokens / LENGTH_STEP) * LENGTH_STEP

/** The lengths of windows for samples of at most `longest` tokens. `isFine`: many of them. */
export function windowLengths(longest: number, isFine = false): readonly number[] {
  const lengths = isFine
    ? Array.from({ length: Math.ceil(longest / FINE_STEP) }, (_, place) =>
        Math.min((place + 1) * FINE_STEP, longestWindow(longest)),
      )
    : SHARES.map((share) => wholeSteps(longest / share))
  return [...new Set(lengths)].toSorted((a, b) => a - b)
}

/** The length of the longest window for samples of at most `longest` tokens. */
export const longestWindow = wholeSteps

/**
 * Packs the samples of one batch into as few windows as first fit, longest first, finds (Johnson 1973). Which samples are
 * learned together in a step is not changed by it, nor what is learned from them. `isFine`: windows are hardly longer than
 * what is in them, and none that holds several samples is longer than half of what it may be, or `SHARED_TOKENS`: each sees
 * itself alone, but attention is computed over all.
 */
export function packBatch(samples: readonly Sample[], longest: number, isFine = false): Packed[] {
  const lengths = windowLengths(longest, isFine)
  const full = isFine ? Math.min(longest / 2, SHARED_TOKENS) : longest
  const windows: { samples: Sample[]; tokens: number }[] = []
  for (const sample of samples.toSorted((a, b) => b.tokens.length - a.tokens.length)) {
    const { length } = sample.tokens
    if (length > longest) throw new RangeError('A sample is longer than the longest window.')
    const open = windows.find(({ tokens }) => tokens + length <= full)
    if (open === undefined) windows.push({ samples: [sample], tokens: length })
    else {
      open.samples.push(sample)
      open.tokens += length
    }
  }
  return windows.map(({ samples: packed, tokens }) => ({
    samples: packed,
    tokens,
    length: lengths.find((length) => length >= tokens) ?? longestWindow(longest),
  }))
}

/** Tokens that carry loss, in samples. */
export const lossTokensOf = (samples: readonly Sample[]): number =>
  samples.reduce((sum, sample) => sum + lossRowsOf(sample), 0)
