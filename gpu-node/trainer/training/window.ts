/** One row to learn from, as tokens. */
export interface Sample {
  /** In order, the first one included. */
  tokens: readonly number[]
  /** For each token, how much its own loss counts; 0 for what is only read. The first token's is never asked. */
  weights: readonly number[]
}

/** The input of a graph over a window of tokens. */
export interface WindowData {
  tokens: Int32Array
  positions: Int32Array
  mask: Float32Array
  /** Absent where no layer sees less. */
  windowMask: Float32Array | undefined
  /** Positions whose next token is asked for. */
  rows: Int32Array
  /** The token that should follow each of them. */
  targets: Int32Array
  weights: Float32Array
  /** How many of the rows carry loss. */
  lossRows: number
}

export interface WindowLimits {
  length: number
  /** Rows with loss. */
  rows: number
  vocabulary: number
  /** Tokens that layers see which do not see all. */
  attentionWindow: number | undefined
}

/** Tokens of a sample whose loss counts, in the order of `logProbabilities` of its rows. */
export const lossRowsOf = ({ weights }: Sample): number =>
  weights.reduce((count, weight, index) => count + (index > 0 && weight !== 0 ? 1 : 0), 0)

/**
 * Samples side by side in one window. Each sees itself alone and counts its positions from 0, so that it is learned as if it
 * stood by itself (block-diagonal packing). Throws `RangeError` for what does not fit, and for a token that is none.
 */
export function packWindow(samples: readonly Sample[], limits: WindowLimits): WindowData {
  const { length, rows: capacity, vocabulary, attentionWindow } = limits
  const data: WindowData = {
    tokens: new Int32Array(length),
    positions: new Int32Array(length),
    mask: new Float32Array(length * length).fill(Number.NEGATIVE_INFINITY),
    windowMask:
      attentionWindow === undefined
        ? undefined
        : new Float32Array(length * length).fill(Number.NEGATIVE_INFINITY),
    rows: new Int32Array(capacity),
    targets: new Int32Array(capacity),
    weights: new Float32Array(capacity),
    lossRows: 0,
  }
  let at = 0
  for (const sample of samples) {
    if (at + sample.tokens.length > length) throw new RangeError('The samples are longer than their window.')
    placeSample(data, sample, at, limits)
    at += sample.tokens.length
  }
  // What is left sees itself alone: a row that sees nothing has no probabilities.
  for (; at < length; at += 1) {
    data.mask[at * length + at] = 0
    if (data.windowMask) data.windowMask[at * length + at] = 0
  }
  for (const token of data.tokens)
    if (token < 0 || token >= vocabulary) throw new RangeError(`The model has no token ${token}.`)
  fillFreeRows(data, length)
  return data
}

function placeSample(
  data: WindowData,
  sample: Sample,
  at: number,
  { length, rows, attentionWindow = Number.POSITIVE_INFINITY }: WindowLimits,
): void {
  for (const [index, token] of sample.tokens.entries()) {
    const place = at + index
    data.tokens[place] = token
    data.positions[place] = index
    data.mask.fill(0, place * length + at, place * length + place + 1)
    const seen = Math.max(at, place - attentionWindow + 1)
    data.windowMask?.fill(0, place * length + seen, place * length + place + 1)
    const next = sample.tokens[index + 1]
    const weight = sample.weights[index + 1] ?? 0
    if (next === undefined || weight === 0) continue
    if (data.lossRows >= rows) throw new RangeError('More tokens carry loss than their window has rows for.')
    data.rows[data.lossRows] = place
    data.targets[data.lossRows] = next
    data.weights[data.lossRows] = weight
    data.lossRows += 1
  }
}

/** Rows that ask nothing are taken from positions that no other row has: gradients are put back row by row. */
function fillFreeRows(data: WindowData, length: number): void {
  const used = new Set(data.rows.subarray(0, data.lossRows))
  let free = 0
  for (let row = data.lossRows; row < data.rows.length; row += 1) {
    while (used.has(free)) free += 1
    if (free >= length) throw new RangeError('A window has more rows with loss than tokens.')
    data.rows[row] = free
    free += 1
  }
}
