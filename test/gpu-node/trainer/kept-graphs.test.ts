import { describe, expect, it } from 'vitest'
import { KeptGraphs } from '../../../gpu-node/trainer/training/kept-graphs.ts'

const MOST_BYTES = 100

/** A shelf for graphs that are nothing but a name, and what was done to them in turn. */
function shelf() {
  const kept = new KeptGraphs<{ close(): void }>(MOST_BYTES)
  const done: string[] = []
  const use = (name: string, bytes: number, work: () => Promise<void> = async () => {}) =>
    kept.use(
      name,
      {
        make: () => {
          done.push(`make ${name}`)
          return { graph: { close: () => done.push(`close ${name}`) }, bytes }
        },
        allocate: () => done.push(`allocate ${name}`),
      },
      work,
    )
  return { kept, done, use }
}

describe('graphs that are kept', () => {
  it('are made once while there is room for all, to the last byte', async () => {
    const { done, use } = shelf()
    for (let time = 0; time < 2; time += 1) {
      await use('a', 60)
      await use('b', 40)
    }
    expect(done).toEqual(['make a', 'allocate a', 'make b', 'allocate b'])
  })

  it('make room a byte beyond that, the least recently used first, before memory is taken', async () => {
    const { done, use } = shelf()
    for (const name of ['a', 'b', 'a']) await use(name, 50)
    done.length = 0
    await use('c', 1)
    expect(done).toEqual(['make c', 'close b', 'allocate c'])
  })

  it('stay while they are in use, however many others are needed meanwhile', async () => {
    const { done, use } = shelf()
    const { promise, resolve } = Promise.withResolvers<void>()
    const long = use('long', 60, () => promise)
    for (const name of ['a', 'b', 'c']) await use(name, 40)
    expect(done.filter((each) => each.startsWith('close'))).toEqual(['close a', 'close b'])
    resolve()
    await long
    await use('d', 40)
    expect(done.at(-2)).toBe('close long')
  })

  it('are no longer in use when work with them has failed', async () => {
    const { done, use } = shelf()
    await expect(use('a', 60, () => Promise.reject(new Error('it broke')))).rejects.toThrow('it broke')
    await use('b', 60)
    expect(done).toContain('close a')
  })

  it('are closed with the shelf', async () => {
    const { kept, done, use } = shelf()
    await use('a', 1)
    await use('b', 1)
    kept.close()
    expect(done.slice(-2)).toEqual(['close a', 'close b'])
  })
})
