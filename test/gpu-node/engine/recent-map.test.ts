import { describe, expect, it } from 'vitest'
import { RecentMap } from '../../../gpu-node/engine/recent-map.ts'

describe('RecentMap', () => {
  it('makes a value once, and forgets the one that was not asked for longest', () => {
    const recent = new RecentMap<string, number>(2)
    let made = 0
    const get = (key: string): number => recent.get(key, () => ++made)
    expect([get('a'), get('b'), get('a'), get('c'), get('a'), get('b')]).toEqual([1, 2, 1, 3, 1, 4])
    expect(recent.size).toBe(2)
  })

  it('does not remember a failure', () => {
    const recent = new RecentMap<string, number>(2)
    const fail = () => {
      throw new Error('no')
    }
    expect(() => recent.get('a', fail)).toThrow('no')
    expect(recent.get('a', () => 1)).toBe(1)
  })

  it('forgets what is too much together, but not what was remembered last', () => {
    const recent = new RecentMap<string, string>(9, { maxTotal: 6, sizeOf: ({ length }) => length })
    recent.set('a', '123')
    recent.set('b', '123')
    expect([recent.find('a'), recent.find('b')]).toEqual(['123', '123'])
    recent.set('c', '1')
    expect([recent.find('a'), recent.find('b'), recent.find('c')]).toEqual([undefined, '123', '1'])
    recent.set('d', '1234567')
    expect([recent.find('b'), recent.find('c'), recent.find('d')]).toEqual([undefined, undefined, '1234567'])
    recent.set('d', '12')
    recent.set('e', '1234')
    expect(recent.size).toBe(2)
  })
})
