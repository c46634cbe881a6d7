import { beforeAll, describe, expect, it } from 'vitest'
import { findDeno } from '../../../../gpu-node/tasks/deno.ts'
import { keptBundle, SHARED_BUNDLES } from '../../../../gpu-node/tasks/kept-bundle.ts'
import { doErrand } from './errands-setup.ts'

let place: { deno: string; bundle: string }
beforeAll(async () => {
  place = { deno: findDeno() ?? '', bundle: await keptBundle(SHARED_BUNDLES) }
})

const math = (expression: string, limitMs?: number) => doErrand(place, 'math', expression, limitMs)

describe('a calculation on a node', () => {
  it('comes to its result, or says why not', async () => {
    expect(await math('Calculate the derivative of x^3 + 2x^2 - 5x + 7')).toEqual({
      ...{ kind: 'answer', output: '3x^2 + 4x - 5', failed: false },
    })
    expect(await math('9^9^9^9')).toMatchObject({ kind: 'answer', failed: true })
  })

  it.each([
    ['a matrix that no memory holds', 'zeros(100000, 100000)'],
    ['a number of endless digits', '(2^53 + 1)^(2^40) - 1 + combinations(10^6, 5 * 10^5)'],
    ['an expression deeper than any stack', `${'('.repeat(990)}1${')'.repeat(990)}`],
    ['a long list', 'sum(map(1:10^9, f(x) = x^2))'],
  ])('with %s is refused or stopped at its limits', async (_, expression) => {
    const end = await math(expression, 4_000)
    expect(end.kind === 'fault' || (end.kind === 'answer' && end.failed)).toBe(true)
  })
})
