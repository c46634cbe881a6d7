import { choice, type Expression, repeat, sequence } from './gbnf.ts'

/** The parser of llama.cpp (as of node-llama-cpp 3.22.1) silently turns `{m,n}` into `{m,}` above 2,000, and multiplies what is nested. */
const MAX_PLAIN_REPETITION = 200

type Repeat = Extract<Expression, { kind: 'repeat' }>

/** Makes a rule of an expression and refers to it. */
type AddRule = (base: string, expression: Expression) => Expression

/** Whether so many are written in a way that leaves two ways to read each: as one of a full block, or of the last. */
export const readsTwice = ({ min, max }: Repeat): boolean =>
  max !== undefined && max - min > MAX_PLAIN_REPETITION

/** An expression in which no repetition is more than llama.cpp takes, with as many rules as the square root of the highest. */
export function withBlocks(expression: Expression, add: AddRule): Expression {
  switch (expression.kind) {
    case 'text':
    case 'set':
    case 'rule':
      return expression
    case 'sequence':
      return sequence(...expression.items.map((item) => withBlocks(item, add)))
    case 'choice':
      return choice(...expression.options.map((option) => withBlocks(option, add)))
    case 'repeat':
      return repeated(expression, add)
  }
}

/** At most two ways to read a text are open at a time, whatever the bounds. */
function repeated({ item, min, max }: Repeat, add: AddRule): Expression {
  const isPlain = min <= MAX_PLAIN_REPETITION && (max === undefined || max <= MAX_PLAIN_REPETITION)
  if (isPlain) return repeat(item, min, max)
  const least = exactly(item, min, add)
  if (max === undefined) return sequence(least, repeat(item, 0, undefined))
  return sequence(least, upTo(item, max - min, add))
}

function exactly(item: Expression, count: number, add: AddRule): Expression {
  if (count <= MAX_PLAIN_REPETITION) return repeat(item, count, count)
  const block = Math.ceil(Math.sqrt(count))
  const blocks = add('block', repeat(item, block, block))
  return sequence(
    repeat(blocks, Math.floor(count / block), Math.floor(count / block)),
    repeat(item, count % block, count % block),
  )
}

function upTo(item: Expression, count: number, add: AddRule): Expression {
  if (count <= MAX_PLAIN_REPETITION) return repeat(item, 0, count)
  const block = Math.ceil(Math.sqrt(count))
  const full = add('block', repeat(item, block, block))
  const partial = add('part', repeat(item, 0, block - 1))
  let rest = repeat(item, 0, count % block)
  for (let blocks = Math.floor(count / block); blocks > 0; blocks -= 1) {
    rest = add('upto', choice(partial, sequence(full, rest)))
  }
  return rest
}
