import { describe, expect, it } from 'vitest'
import { CallIds } from '../../../../worker/durable/link/call-ids.ts'

const EPOCH = '0a1b2c3d'
const idsAfter = (count: number) => {
  const ids = new CallIds(EPOCH)
  for (let given = 0; given < count; given += 1) ids.next()
  return ids
}

describe('CallIds', () => {
  it('counts up from 1 behind its epoch', () => {
    const ids = new CallIds(EPOCH)
    expect([ids.next(), ids.next(), ids.next()]).toEqual(['0a1b2c3d-1', '0a1b2c3d-2', '0a1b2c3d-3'])
  })

  it('draws another epoch for each object, in the form that it recognises', () => {
    const [a, b] = [new CallIds(), new CallIds()]
    const id = a.next()
    expect(id).toMatch(/^[0-9a-f]{8}-1$/)
    expect(a.classify(id)).toBe('ended')
    expect(b.classify(id)).toBe('foreign')
  })

  it.each([
    ['the first that was given out', `${EPOCH}-1`, 'ended'],
    ['the last that was given out', `${EPOCH}-3`, 'ended'],
    ['the next one', `${EPOCH}-4`, 'invented'],
    ['a far one', `${EPOCH}-999999999999999`, 'invented'],
    ['one of another epoch', 'ffffffff-1', 'foreign'],
    ['a far one of another epoch', 'ffffffff-999999999999999', 'foreign'],
    ['number 0', `${EPOCH}-0`, 'invented'],
    ['a number with a leading zero', `${EPOCH}-01`, 'invented'],
    ['a negative number', `${EPOCH}--1`, 'invented'],
    ['a number that a double cannot hold', `${EPOCH}-9999999999999999`, 'invented'],
    ['an epoch in capitals', '0A1B2C3D-1', 'invented'],
    ['a short epoch', '0a1b2c3-1', 'invented'],
    ['trailing text', `${EPOCH}-1 `, 'invented'],
    ['a line break at the end', `${EPOCH}-1\n`, 'invented'],
    ['nothing', '', 'invented'],
    ['a word', 'hello', 'invented'],
  ])('after 3 calls, %s (%j) is %s', (_name, callId, meaning) => {
    expect(idsAfter(3).classify(callId)).toBe(meaning)
  })
})
