import fc from 'fast-check'
import { all, create } from 'mathjs'
import { describe, expect, it } from 'vitest'
import { answer } from '../../../../gpu-node/sandbox/math/answer.ts'
import { NoResult } from '../../../../gpu-node/sandbox/math/math-fault.ts'

describe('a calculation', () => {
  it.each([
    ['2 + 2', '4'],
    ['What is 17 * 23?', '391'],
    ['12 × 7.5 ÷ 3', '30'],
    ['0.1 + 0.2', '0.3'],
    ['15% of 200', '30'],
    ['√16', '4'],
    ['sqrt(-4)', '2i'],
    ['2^100', '1267650600228229401496703205376'],
    ['factorial(25)', '15511210043330985984000000'],
    ['5 km + 300 m in mile', '3.2932673188579 mile'],
    ['20 degC to degF', '68 degF'],
    ['det([[1, 2], [3, 4]])', '-2'],
    ['inv([[1, 2], [3, 4]])', '[[-2, 1], [1.5, -0.5]]'],
    ['3x^2 + 4x - 5', '3x^2 + 4x - 5'],
  ])('%s has the value %s', (question, result) => expect(answer(question)).toBe(result))

  it.each([
    ['Calculate the derivative of x^3 + 2x^2 - 5x + 7', '3x^2 + 4x - 5'],
    ['second derivative of x^4 at x = 2', '48'],
    ['d/dt t^3', '3t^2'],
    ['diff(x^2, x)', '2x'],
    ['derivative of a*x^2 with respect to x', '2a * x'],
    ['integrate x^2', 'x^3/3 + C'],
    ['integral of ln(x) dx', '-x + log(x) * x + C'],
    ['integral of x^2 from 0 to 3', '9'],
    ['integral of exp(-x^2) from 0 to 1', '0.74682413281243'],
    ['solve 2x + 3 = 7', 'x = 2'],
    ['x^2 = 2', 'x = sqrt(2) ≈ 1.4142135623731 or x = -sqrt(2) ≈ -1.4142135623731'],
    ['x^2 + 1 = 0', 'x = i or x = -i'],
    ['x^3 - 6x^2 + 11x - 6 = 0', 'x = 1 or x = 2 or x = 3'],
    ['solve x + y = 3, x - y = 1', 'x = 2, y = 1'],
    ['cos(x) = x', 'x ≈ 0.7390851332151'],
    ['expand (x + 1)^3', 'x^3 + 3x^2 + 3x + 1'],
    ['simplify 2x + 3x', '5x'],
  ])('%s comes to %s', (question, result) => expect(answer(question)).toBe(result))

  it('of an integral that the engine spells in no polynomial keeps its form', () => {
    expect(answer('integral of sin(x)*exp(x)')).toMatch(/cos\(x\).*sin\(x\)/)
  })

  it.each([
    ['9^9^9^9', /too large/],
    ['factorial(1e9)', /too large/],
    ['1/0', /no finite value/],
    ['integral of 1/x from -1 to 1', /does not exist/],
    ['integral of x^x', /No integral/],
    ['3 4 +', /no expression/],
    ['import("x")', /no function/],
    ['evaluate("1")', /no (function|expression)|no value/],
    ['derivative of x*y*z', /./],
    ['solve y + z = 1', /Which variable/],
    ['solve 1 = 2', /nothing to solve/],
    [`${'('.repeat(900)}1${')'.repeat(900)}`, /no expression|too deep/],
    ['', /./],
  ])('%s has no result, and says why', (question, reason) => {
    const told = () => answer(question)
    if (question === 'derivative of x*y*z') expect(told()).toBe('y * z')
    else if (question === '') expect(told).toThrow(NoResult)
    else expect(told).toThrow(reason)
  })
})

/** Formulas of one variable, as people write them. */
const formulas = fc.letrec<{ formula: string }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'formula' },
    fc.constantFrom('x', 'x^2', '2x', '3', '1/2', 'pi'),
    fc
      .tuple(tie('formula'), fc.constantFrom('+', '-', '*'), tie('formula'))
      .map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
    fc.tuple(fc.constantFrom('sin', 'cos', 'exp'), tie('formula')).map(([name, a]) => `${name}(${a})`),
  ),
})).formula

describe('a derivative that is told', () => {
  it('is the one that another engine finds, at other points', () => {
    const other = create(all ?? {})
    fc.assert(
      fc.property(formulas, (formula) => {
        let told: string
        try {
          told = answer(`derivative of ${formula} with respect to x`)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(NoResult)
          return
        }
        const expected = other.derivative(formula, 'x')
        for (const x of [0.2, 0.9, -1.1]) {
          const value: unknown = expected.evaluate({ x })
          const found: unknown = other.evaluate(told, { x })
          if (typeof value !== 'number' || typeof found !== 'number' || !Number.isFinite(value)) continue
          expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(value)))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('never comes of words that are no question: whatever is asked, it is answered or refused', () => {
    const words = fc.array(
      fc.constantFrom(
        'derivative of',
        'integral of',
        'solve',
        'x',
        'y',
        '=',
        '+',
        '(',
        ')',
        '[',
        ',',
        '2',
        '^',
        'sin',
        'from',
        'to',
        ';',
        'd/dx',
        '"a"',
        '%',
        '…',
      ),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(words, (some) => {
        try {
          expect(typeof answer(some.join(' '))).toBe('string')
        } catch (thrown) {
          if (!(thrown instanceof RangeError)) expect(thrown).toBeInstanceOf(NoResult)
        }
      }),
      { numRuns: 150 },
    )
  })
})
