import type { MathNode } from 'mathjs'
import { type Formula, math } from '../formulas.ts'
import { NoResult } from '../math-fault.ts'

/**
 * A formula as SymPy's side is given it: a word of its table with what it is of. There is nothing in it to be run: a number
 * and a name are made of their text by constructors that read no language.
 */
export type Tree = readonly [word: string, ...of: (Tree | string)[]]

/** Signs, by the calculator's names for them. */
const SIGNS: ReadonlySet<string> = new Set(
  'add subtract multiply divide pow unaryMinus unaryPlus factorial'.split(' '),
)

/** Functions that both sides have and mean the same by. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  [
    'sin cos tan sec csc cot asin acos atan asec acsc acot atan2',
    'sinh cosh tanh sech csch coth asinh acosh atanh',
    'exp log log10 log2 sqrt abs sign floor ceil factorial gamma erf',
  ].flatMap((names) => names.split(' ')),
)

const CONSTANTS: ReadonlyMap<string, string> = new Map([
  ...(['pi', 'e', 'i', 'tau', 'phi'] as const).map((name) => [name, name] as const),
  ['PI', 'pi'],
  ['E', 'e'],
])

const NAME = /^[a-zA-Z]\w*$/

const unknown = (what: string): NoResult => new NoResult(`SymPy is not asked about ${what.slice(0, 50)}.`)

function read(node: MathNode): Tree {
  if (math.isParenthesisNode(node)) return read(node.content)
  if (math.isConstantNode(node) && typeof node.value === 'number' && Number.isFinite(node.value))
    return ['number', String(node.value)]
  if (math.isSymbolNode(node)) {
    const constant = CONSTANTS.get(node.name)
    if (constant !== undefined) return ['constant', constant]
    if (!NAME.test(node.name) || node.name === 'NaN' || node.name === 'Infinity') throw unknown(node.name)
    return ['name', node.name]
  }
  if (math.isOperatorNode(node) && SIGNS.has(node.fn)) return [node.fn, ...node.args.map(read)]
  if (math.isFunctionNode(node)) {
    const name = math.isSymbolNode(node.fn) ? node.fn.name : ''
    if (FUNCTIONS.has(name)) return [name, ...node.args.map(read)]
    throw unknown(name || 'this')
  }
  throw unknown(node.toString())
}

/** Throws `NoResult` where a formula has what SymPy is not asked about, such as units and matrices. */
export const treeOf = ({ node }: Pick<Formula, 'node'>): Tree => read(node)
