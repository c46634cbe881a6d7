import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { answerBy } from '../../../../gpu-node/sandbox/math/answer.ts'
import { parseFormula } from '../../../../gpu-node/sandbox/math/formulas.ts'
import { NoResult, NotFound } from '../../../../gpu-node/sandbox/math/math-fault.ts'
import { readQuestion } from '../../../../gpu-node/sandbox/math/question.ts'
import { type Ask, sympyAlgebra } from '../../../../gpu-node/sandbox/math/sympy/algebra.ts'
import { BRIDGE } from '../../../../gpu-node/sandbox/math/sympy/bridge.ts'
import { treeOf } from '../../../../gpu-node/sandbox/math/sympy/tree.ts'
import { hasSympy } from '../../tasks/errands/sympy-setup.ts'

function answer(words: string, ask: Ask): string {
  const question = readQuestion(words)
  if (question.kind === 'value') throw new Error('It asks for a value.')
  return answerBy(sympyAlgebra(ask), question)
}

describe('what SymPy is given', () => {
  it('is a tree of words of a table, numbers and names', () => {
    expect(treeOf(parseFormula('2x^2 - log(x, 3)/PI + 1e-7!'))).toEqual(
      // Left to right, as the calculator reads it.
      [
        'add',
        [
          'subtract',
          ['multiply', ['number', '2'], ['pow', ['name', 'x'], ['number', '2']]],
          ['divide', ['log', ['name', 'x'], ['number', '3']], ['constant', 'pi']],
        ],
        ['factorial', ['number', '1e-7']],
      ],
    )
  })

  it.each([
    '__import__("os").system("true")',
    '__import__',
    'x.__class__',
    'f = 1',
    'f(x) = x',
    '"import os"',
    '[x, 2]',
    'x[1]',
    '{a: 1}',
    'x; y',
    'x > 1 ? 1 : 2',
    'sum(x)',
    'unit("5 km")',
    'sympify(x)',
    '_private + 1',
    'Infinity * x',
    'ünder + x',
    '0/0 + NaN',
  ])('is not %s', (text) => {
    const given = () => treeOf(parseFormula(text))
    expect(given).toThrow(NoResult)
  })
})

describe('what SymPy says', () => {
  it.each([
    ['that does not hold', '"atan(x)"'],
    ['in words that are none', '"f("'],
    ['that would change the calculator', '"import(x)"'],
    ['of nothing', 'null'],
  ])('%s is not told', (_, told) => {
    expect(() => answer('integral of 1/(x^4 + 1)', () => told)).toThrow(NotFound)
    const solved = told === 'null' ? told : `[[["x", ${told}, false]]]`
    expect(() => answer('solve x^2 = 2', () => solved)).toThrow(NotFound)
    expect(() => answer('solve x + y = 3, x - y = 1', () => solved)).toThrow(NotFound)
    expect(() => answer('derivative of sin(x)', () => told)).toThrow(NotFound)
    expect(() => answer('factor x^2 - 1', () => told)).toThrow(NotFound)
  })
})

it.skipIf(hasSympy)('skips SymPy itself: Debian’s python3-sympy is not here', () => {
  expect(hasSympy).toBe(false)
})

const ANSWERS: [question: string, told: string | RegExp][] = [
  ['integral of 1/(x^4 + 1)', /log\(x\^2.*atan\(sqrt\(2\) \* x - 1\)\/4.* \+ C$/],
  ['integral of sqrt(1 + x^2)', 'x * sqrt(x^2 + 1)/2 + asinh(x)/2 + C'],
  ['integral of x^n with respect to x', /^x\^\(n \+ 1\)\/\(n \+ 1\) \+ C$/],
  ['derivative of x^x', /x\^x/],
  ['factor x^12 - 1', /\(x\^4 - x\^2 \+ 1\)$/],
  ['simplify sin(x)^2 + cos(x)^2', '1'],
  ['solve x^5 - x - 1 = 0', /^x ≈ 1\.167303978261\d* or x ≈ -0\.76.*i/],
  ['solve x * exp(x) = 2', /^x ≈ 0\.8526055020137/],
  ['solve x^2 + y^2 = 5, x*y = 2', /^x = -2, y = -1 or x = -1, y = -2 or/],
  ['expand (exec + lambda)^2', /exec.*lambda/],
  ['integral of x^x', /^No integral/],
  ['derivative of gamma(x)', /^No derivative/],
  ['solve exp(x) = 0', /^No solution/],
]

describe.skipIf(!hasSympy)('the SymPy that Debian packs', () => {
  const answers = new Map<string, string>()
  const told = (question: string): string => {
    try {
      return answer(question, (asked) => answers.get(asked) ?? 'null')
    } catch (thrown) {
      if (thrown instanceof NotFound) return thrown.message
      throw thrown
    }
  }

  beforeAll(() => {
    const asked: string[] = []
    for (const [question] of ANSWERS)
      try {
        answer(question, (text) => {
          asked.push(text)
          return 'null'
        })
      } catch {
        // Nothing is told yet: what is asked is all that is wanted.
      }
    const program = `${BRIDGE}\nimport sys\nfor line in sys.stdin: print(_answer_question(line))`
    const lines = execFileSync('/usr/bin/python3', ['-c', program], { input: asked.join('\n') })
    const found = lines.toString().trim().split('\n')
    for (const [at, text] of asked.entries()) answers.set(text, found[at] ?? 'null')
  }, 60_000)

  it.each(ANSWERS)('comes by %s to what holds, or to nothing', (question, expected) => {
    expect(told(question)).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected)
  })
})
