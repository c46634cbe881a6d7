import type { Derivatives } from './derivatives.ts'
import { FLOAT_BYTES, type Sheet, type Tensor } from './sheet.ts'
import type { Value } from './value.ts'

/** How many heads of which size. */
export interface Heads {
  size: number
  queries: number
  /** Each serves so many query heads. */
  keys: number
  tokens: number
}

/** A tape, for what draws several nodes as one step of it. */
export interface StepTape {
  readonly sheet: Sheet
  readonly derivatives: Derivatives
  step(tensor: Tensor, inputs: readonly Value[], back: (gradient: Tensor) => void): Value
  give(value: Value, gradient: Tensor): void
  /** Drawn once for each tensor. */
  transpose(tensor: Tensor): Tensor
}

/**
 * Queries of one window are taken in so many blocks at most. No token sees a later one, so a block needs the keys up to its
 * own end alone: of four blocks that is five eighths of all products, and of the memory for their probabilities.
 */
const MAX_BLOCKS = 8

/** Blocks are not shorter than this: below it products are too small to be fast. */
export const BLOCK_TOKENS = 128

/** Queries from `from` to before `to`, and what they see. */
interface Block {
  from: number
  to: number
  /** [size, own, queries]. */
  queries: Tensor
  /** [seen, own, queries]. */
  probabilities: Tensor
}

/** The masks of each block of queries: [seen, own], of one mask over the whole window. */
export function blockMasks(sheet: Sheet, mask: Tensor): Tensor[] {
  const [tokens] = sheet.shapeOf(mask)
  const rowBytes = tokens * FLOAT_BYTES
  return boundsOf(tokens).map(([from, to]) =>
    from === 0 && to === tokens
      ? mask
      : sheet.copy(sheet.view(mask, to, to - from, rowBytes, from * rowBytes)),
  )
}

function boundsOf(tokens: number): [number, number][] {
  const length = Math.max(BLOCK_TOKENS, Math.ceil(tokens / MAX_BLOCKS / BLOCK_TOKENS) * BLOCK_TOKENS)
  return Array.from({ length: Math.ceil(tokens / length) }, (_, index) => [
    index * length,
    Math.min(tokens, (index + 1) * length),
  ])
}

export interface AttentionInput {
  /** [size, queries, tokens]. */
  query: Value
  /** [size, keys, tokens]. */
  key: Value
  value: Value
  /** As `blockMasks` gives them. */
  masks: readonly Tensor[]
  scale: number
  heads: Heads
}

/** Draws causal attention → [size × queries, tokens]. */
export function drawAttention(tape: StepTape, input: AttentionInput): Value {
  const { sheet } = tape
  const { query, key, value, masks, scale, heads } = input
  const { size, queries, tokens } = heads
  const turnedValue = sheet.copy(sheet.permute(value.tensor, [1, 2, 0, 3]))
  const blocks = boundsOf(tokens).map(([from, to], index): Block => {
    const mask = masks[index]
    if (mask === undefined) throw new Error('A block of queries has no mask.')
    // In one piece: products of other operands are far slower on a CPU.
    const own = sheet.copy(byHead(sheet, sheet.planes(query.tensor, from, to - from)))
    const seen = byHead(sheet, sheet.planes(key.tensor, 0, to))
    return {
      from,
      to,
      queries: own,
      probabilities: sheet.maskedSoftMax(sheet.product(seen, own), mask, scale),
    }
  })
  const mixed = blocks.map(({ to, probabilities }) =>
    sheet.product(sheet.firstColumns(turnedValue, to), probabilities),
  )
  const flat = sheet.copyAs(byHead(sheet, stacked(sheet, mixed)), size * queries, tokens)
  return tape.step(flat, [query, key, value], (gradient) => giveBack(tape, input, blocks, gradient))
}

function giveBack(tape: StepTape, input: AttentionInput, blocks: readonly Block[], gradient: Tensor): void {
  const { sheet } = tape
  const { query, key, value, scale, heads } = input
  const whole = sheet.reshape(gradient, heads.size, heads.queries, heads.tokens)
  const drawn = blocks.map(({ from, to, queries, probabilities }) => {
    const own = sheet.copy(byHead(sheet, sheet.planes(whole, from, to - from)))
    const values = byHead(sheet, sheet.planes(value.tensor, 0, to))
    const scores = tape.derivatives.softMaxBack(sheet.product(values, own), probabilities, scale)
    return {
      value: () => summed(sheet, sheet.product(tape.transpose(own), tape.transpose(probabilities)), heads),
      query: () => sheet.product(sheet.firstColumns(tape.transpose(byHead(sheet, key.tensor)), to), scores),
      key: () => summed(sheet, sheet.product(tape.transpose(queries), tape.transpose(scores)), heads),
    }
  })
  if (value.isTrained)
    tape.give(
      value,
      sheet.copy(
        byHead(
          sheet,
          overlaid(
            sheet,
            drawn.map((block) => block.value()),
          ),
        ),
      ),
    )
  if (query.isTrained)
    tape.give(
      query,
      sheet.copy(
        byHead(
          sheet,
          stacked(
            sheet,
            drawn.map((block) => block.query()),
          ),
        ),
      ),
    )
  if (key.isTrained)
    tape.give(
      key,
      sheet.copy(
        byHead(
          sheet,
          overlaid(
            sheet,
            drawn.map((block) => block.key()),
          ),
        ),
      ),
    )
}

/** The second dimension and the third, exchanged. */
const byHead = (sheet: Sheet, tensor: Tensor): Tensor => sheet.permute(tensor, [0, 2, 1, 3])

/** [size, tokens, queries], summed over the query heads that share a key head, as [size, tokens, keys]. */
function summed(sheet: Sheet, tensor: Tensor, { queries, keys }: Heads): Tensor {
  const each = queries / keys
  const parts = Array.from({ length: each }, (_, head) => sheet.everyPlane(tensor, head, each, keys))
  return parts.reduce((sum, part) => sheet.add(sum, part))
}

/** Blocks behind each other, in pairs: so that each number is copied as few times as can be. */
function stacked(sheet: Sheet, blocks: readonly Tensor[]): Tensor {
  const [first, second] = blocks
  if (first === undefined) throw new Error('There is nothing to put together.')
  if (second === undefined) return first
  const half = Math.ceil(blocks.length / 2)
  return sheet.stack(stacked(sheet, blocks.slice(0, half)), stacked(sheet, blocks.slice(half)))
}

/** Sums of blocks that begin at the same place and are longer and longer. */
function overlaid(sheet: Sheet, blocks: readonly Tensor[]): Tensor {
  return blocks.reduce((sum, block) => {
    const [, length] = sheet.shapeOf(sum)
    const [, all] = sheet.shapeOf(block)
    const rest = sheet.middleRows(block, length, all - length)
    return sheet.stack(sheet.add(sheet.middleRows(block, 0, length), sum), rest)
  })
}
