import { describe, expect, it } from 'vitest'
import { mergePatch } from '../../../worker/services/merge-patch.ts'

describe('mergePatch', () => {
  // The examples of RFC 7396, appendix A, whose patches are objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected)
  })

  it('leaves alone what the patch has as undefined', () => {
    expect(mergePatch({ a: 1, b: { c: 2 } }, { a: undefined, b: { c: undefined } })).toEqual({
      a: 1,
      b: { c: 2 },
    })
  })

  it.each(['__proto__', 'constructor', 'toString'])('takes %s for a name like any other', (name) => {
    const patch = JSON.parse(`{"${name}": {"a": 1}}`)
    const merged = mergePatch({ b: 2 }, patch)
    expect(JSON.stringify(merged)).toBe(`{"b":2,"${name}":{"a":1}}`)
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect(JSON.stringify(mergePatch(merged, JSON.parse(`{"${name}": {"c": 3}}`)))).toBe(
      `{"b":2,"${name}":{"a":1,"c":3}}`,
    )
    expect(mergePatch(merged, JSON.parse(`{"${name}": null}`))).toEqual({ b: 2 })
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  it('changes neither of the two', () => {
    const target = { a: { b: 1 } }
    const patch = { a: { c: 2 } }
    mergePatch(target, patch)
    expect([target, patch]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }])
  })
})
