import { type Formula, math, type Value, valueAt } from './formulas.ts'

/** Points at which results are looked at: neither whole nor of one sign or size. */
const POINTS = [0.37, 1.213, 2.719, 0.871, -0.643, -1.877, 3.449, 5.137, -4.291, 0.113]

/** Points at which both sides must have a value, for two formulas to count as equal. */
const ENOUGH = 3

const TOLERANCE = 1e-6
const STEP = 1e-4

const isNear = (a: Value, b: Value, tolerance = TOLERANCE): boolean => {
  const size = Math.max(1, Math.hypot(a.re, a.im), Math.hypot(b.re, b.im))
  return Math.hypot(a.re - b.re, a.im - b.im) <= tolerance * size
}

/** Values of all variables, other ones for each point. */
const scopeAt = (variables: readonly string[], point: number): Record<string, number> =>
  Object.fromEntries(variables.map((name, index) => [name, point * (1 + 0.31 * index)]))

type Side = (scope: Record<string, number>) => Value | undefined

/** Whether both sides agree wherever both have a value, at enough points. */
function agree(left: Side, right: Side, variables: readonly string[], tolerance?: number): boolean {
  let seen = 0
  for (const point of POINTS) {
    const scope = scopeAt(variables, point)
    const [a, b] = [left(scope), right(scope)]
    if (a === undefined || b === undefined) continue
    if (!isNear(a, b, tolerance)) return false
    seen += 1
  }
  return seen >= ENOUGH
}

/** The slope of a formula, by its values near a point: five of them, so that the error is of the fourth order. */
const slopeOf =
  (formula: Formula, variable: string): Side =>
  (scope) => {
    const h = STEP * Math.max(1, Math.abs(scope[variable] ?? 0))
    const at = (steps: number) =>
      valueAt(formula, { ...scope, [variable]: (scope[variable] ?? 0) + steps * h })
    const [a, b, c, d] = [at(-2), at(-1), at(1), at(2)]
    if (!a || !b || !c || !d) return undefined
    const slope = (part: 're' | 'im') => (a[part] - 8 * b[part] + 8 * c[part] - d[part]) / (12 * h)
    return { re: slope('re'), im: slope('im') }
  }

const all = (...formulas: Formula[]): string[] => [...new Set(formulas.flatMap(({ variables }) => variables))]

const SLOPE_TOLERANCE = 1e-5

/** Whether one formula is the derivative of the other. */
export const isDerivative = (derivative: Formula, of: Formula, variable: string): boolean =>
  agree(
    (scope) => valueAt(derivative, scope),
    slopeOf(of, variable),
    [...new Set([variable, ...all(derivative, of)])],
    SLOPE_TOLERANCE,
  )

/** Whether both formulas are the same function. */
export const isSame = (left: Formula, right: Formula): boolean =>
  agree(
    (scope) => valueAt(left, scope),
    (scope) => valueAt(right, scope),
    all(left, right),
  )

/** Whether an equation, as the difference of its sides, holds where its variables are these formulas of others. */
export function holds(difference: Formula, solution: ReadonlyMap<string, Formula>): boolean {
  const others = [...new Set([...all(...solution.values()), ...difference.variables])].filter(
    (name) => !solution.has(name),
  )
  const zero: Side = () => ({ re: 0, im: 0 })
  return agree(
    (scope) => {
      const values = [...solution].map(([name, formula]) => [name, valueAt(formula, scope)] as const)
      if (values.some(([, value]) => value === undefined)) return undefined
      return valueAt(difference, {
        ...scope,
        ...Object.fromEntries(values.map(([name, value]) => [name, toNumber(value)])),
      })
    },
    zero,
    others,
  )
}

/** A value as the calculator takes it. */
export function toNumber(value: Value | undefined): unknown {
  if (value === undefined) return Number.NaN
  return value.im === 0 ? value.re : math.complex(value.re, value.im)
}
