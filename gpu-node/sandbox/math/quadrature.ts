import { type Formula, parseFormula, valueAt } from './formulas.ts'
import { NoResult } from './math-fault.ts'
import { spellNumber } from './spelling.ts'

/** Pieces of a range, at first and at most. */
const FIRST_PIECES = 256
const MAX_PIECES = 16_384

const TOLERANCE = 1e-9
/** Sizes have corners where values change their sign. */
const SIZE_TOLERANCE = 1e-4
/** Of the exact value against the one that was added up. */
const AGREEMENT = 1e-6

/** Nodes and weights of Gauss and Legendre, of order 5: no value at an end is needed. */
const NODES = [
  [0, 128 / 225],
  [0.538469310105683, 0.478628670499366],
  [-0.538469310105683, 0.478628670499366],
  [0.906179845938664, 0.236926885056189],
  [-0.906179845938664, 0.236926885056189],
] as const

const near = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))

/** The sum of values, and that of their sizes: where that one grows without end, there is no integral. */
interface Sum {
  total: number
  size: number
}

function sum(formula: Formula, variable: string, from: number, to: number, pieces: number): Sum | undefined {
  const half = (to - from) / pieces / 2
  const added = { total: 0, size: 0 }
  for (let piece = 0; piece < pieces; piece += 1)
    for (const [node, weight] of NODES) {
      const value = valueAt(formula, { [variable]: from + half * (2 * piece + 1 + node) })
      if (value === undefined || Math.abs(value.im) > 1e-12) return undefined
      added.total += weight * value.re * half
      added.size += weight * Math.abs(value.re * half)
    }
  return added
}

/** The integral by adding up; undefined where that comes to no end. */
function addUp(formula: Formula, variable: string, from: number, to: number): number | undefined {
  let last = sum(formula, variable, from, to, FIRST_PIECES)
  for (let pieces = 2 * FIRST_PIECES; last !== undefined && pieces <= MAX_PIECES; pieces *= 2) {
    const next = sum(formula, variable, from, to, pieces)
    if (next && near(last.total, next.total, TOLERANCE) && near(last.size, next.size, SIZE_TOLERANCE))
      return next.total
    last = next
  }
  return undefined
}

function boundOf(text: string): number {
  const value = valueAt(parseFormula(text), {})
  if (value === undefined || value.im !== 0)
    throw new NoResult(`The bound "${text.slice(0, 50)}" is no number.`)
  return value.re
}

/**
 * The integral over a range: of the antiderivative where there is one and adding up comes to the same; otherwise what was
 * added up.
 */
export function integralBetween(
  formula: Formula,
  variable: string,
  [low, high]: readonly [string, string],
  antiderivative: Formula | undefined,
): string {
  const [from, to] = [boundOf(low), boundOf(high)]
  const added = addUp(formula, variable, from, to)
  if (added === undefined) throw new NoResult('This integral does not exist, or could not be found.')
  const at = (bound: number) => antiderivative && valueAt(antiderivative, { [variable]: bound })
  const [start, end] = [at(from), at(to)]
  const exact = start && end && end.im === start.im ? end.re - start.re : undefined
  if (exact !== undefined && near(exact, added, AGREEMENT)) return spellNumber(Number(exact.toPrecision(14)))
  return `≈ ${spellNumber(Number(added.toPrecision(10)))}`
}
