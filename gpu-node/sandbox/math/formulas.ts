import { all, create, type EvalFunction, type MathNode } from 'mathjs'
import { NoResult } from './math-fault.ts'

/** The calculator of numbers, units and matrices, and the parser of all expressions. */
export const math = create(all ?? {})

const { parse } = math

/** Names that stand for a number. */
const CONSTANTS: ReadonlySet<string> = new Set(['pi', 'e', 'i', 'tau', 'phi', 'Infinity', 'NaN', 'PI', 'E'])

/** These would change the calculator itself, or run what is no calculation. */
const CLOSED: ReadonlySet<string> = new Set(
  'import createUnit config evaluate parse compile parser help chain typed reviver replacer simplify derivative rationalize resolve'.split(
    ' ',
  ),
)

/** An expression that was understood. */
export interface Formula {
  node: MathNode
  /** Spelled so that both engines read the same: every product with its sign. */
  text: string
  /** Names that stand for nothing known. */
  variables: string[]
}

const causeOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

export function parseFormula(text: string): Formula {
  let node: MathNode
  try {
    node = parse(text)
  } catch (thrown) {
    throw new NoResult(`"${text.slice(0, 100)}" is no expression: ${causeOf(thrown)}.`)
  }
  const names = new Set<string>()
  node.traverse((inner, path) => {
    if (inner instanceof math.SymbolNode && CLOSED.has(inner.name))
      throw new NoResult(`${inner.name} is no function of this calculator.`)
    if (inner instanceof math.SymbolNode && path !== 'fn' && !CONSTANTS.has(inner.name)) names.add(inner.name)
  })
  return { node, text: node.toString({ parenthesis: 'auto', implicit: 'show' }), variables: [...names] }
}

/** The variable that is meant, where it is not said. */
export function variableOf({ variables }: Pick<Formula, 'variables'>, named?: string): string {
  if (named !== undefined) {
    if (/^[a-zA-Z]\w*$/.test(named) && !CONSTANTS.has(named)) return named
    throw new NoResult(`"${named.slice(0, 50)}" is no variable.`)
  }
  const [only] = variables
  if (variables.includes('x') || only === undefined) return 'x'
  if (variables.length === 1) return only
  throw new NoResult(`Which variable is meant: ${variables.join(', ')}? Say "with respect to …".`)
}

/** A complex value as its two parts; undefined where there is none. */
export interface Value {
  re: number
  im: number
}

function toValue(found: unknown): Value | undefined {
  const value =
    typeof found === 'number'
      ? { re: found, im: 0 }
      : math.isComplex(found)
        ? { re: found.re, im: found.im }
        : undefined
  return value && Number.isFinite(value.re) && Number.isFinite(value.im) ? value : undefined
}

const compiled = new WeakMap<MathNode, EvalFunction>()

/** The value of a formula where its variables have these values. */
export function valueAt({ node }: Pick<Formula, 'node'>, scope: Record<string, unknown>): Value | undefined {
  const code = compiled.get(node) ?? node.compile()
  compiled.set(node, code)
  try {
    return toValue(code.evaluate({ ...scope }))
  } catch {
    return undefined
  }
}
