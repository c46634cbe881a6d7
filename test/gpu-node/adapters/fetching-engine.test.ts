import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { REFUSED_AGAIN_MS } from '../../../gpu-node/adapters/fetching-engine.ts'
import { LOAD_WAIT_LIMIT_MS, MAX_LOAD_WAITERS } from '../../../gpu-node/engine/residency/waiting-calls.ts'
import { adapterModelId, tunedSuffix } from '../../../shared/node.ts'
import { MODEL, startOf } from '../fake-engine.ts'
import { sha256 } from '../training/byte-server.ts'
import { callOf, createFetchingWorld, type FetchingWorld } from './fetching-world.ts'

const ID = '6a0b1c2d0123456789abcdef'
const OTHER = '6a0b1c2dfedcba9876543210'
const nameOf = (id: string) => adapterModelId(MODEL.id, tunedSuffix(id))
const DATA = Buffer.from('the weights of an adapter')

let world: FetchingWorld
let node: Awaited<ReturnType<FetchingWorld['start']>>
beforeEach(async () => {
  world = await createFetchingWorld()
  node = await world.start()
})
afterEach(async () => {
  vi.useRealTimers()
  await node.fetching.close()
  await world.close()
})

const files = async () => (await readdir(world.folder)).filter((name) => !name.startsWith('index.json'))
/** Resolves when the engine has got so many commands. */
const sent = (count: number) => expect.poll(() => node.engine.commands.length).toBe(count)
const calls = () => node.engine.commands.flatMap(({ callId }) => callId)

describe('a call with an adapter that is not here', () => {
  it('waits until it is fetched from the edge, in parts, and is then handed on without the way to it', async () => {
    const ticket = await world.ticket('a', DATA, 10)
    expect(ticket.file.parts).toHaveLength(3)
    node.fetching.send(callOf('1', ID, ticket))
    await sent(1)
    expect(node.engine.commands).toEqual([callOf('1', ID)])
    expect(world.edge.asked).toEqual(['GET a/0', 'GET a/1', 'GET a/2'])
    expect(node.engine.adapters.get(nameOf(ID))?.sha256).toBe(sha256(DATA))
    expect(await files()).toEqual([`${ticket.file.sha256}.gguf`])
  })

  it('fetches it once with all others that come meanwhile, and in their order', async () => {
    const ticket = await world.ticket('a', DATA)
    for (const callId of ['1', '2', '3']) node.fetching.send(callOf(callId, ID, ticket))
    node.fetching.send({ type: 'call.cancel', callId: '2' })
    expect(world.outcomeOf('2')).toMatchObject({ type: 'call.end', finishReason: 'cancelled' })
    await sent(2)
    expect(calls()).toEqual(['1', '3'])
    node.fetching.send(callOf('4', ID, ticket))
    expect(calls()).toEqual(['1', '3', '4'])
    expect(world.edge.asked).toHaveLength(1)
  })

  it('does not hold up calls of the model and of what is here', async () => {
    const opening = Promise.withResolvers<void>()
    node.engine.described = opening.promise
    node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
    node.fetching.send(startOf('2'))
    expect(calls()).toEqual(['2'])
    node.fetching.send({ type: 'call.cancel', callId: '2' })
    expect(node.engine.commands.at(-1)).toEqual({ type: 'call.cancel', callId: '2' })
    opening.resolve()
    await sent(3)
  })

  it('and without the way to it is the engine’s to refuse', () => {
    node.fetching.send(callOf('1', ID))
    expect(calls()).toEqual(['1'])
  })

  it('needs no bytes where another adapter here has the same', async () => {
    const ticket = await world.ticket('a', DATA)
    node.fetching.send(callOf('1', ID, ticket))
    await sent(1)
    node.fetching.send(callOf('2', OTHER, ticket))
    await sent(2)
    expect(world.edge.asked).toHaveLength(1)
    node.fetching.withdraw([ID])
    await expect.poll(() => node.cache.entries.length).toBe(1)
    expect(await files()).toHaveLength(1)
    expect(node.engine.adapters.has(nameOf(OTHER))).toBe(true)
  })

  it(`is one of at most ${MAX_LOAD_WAITERS} that wait, each for at most a minute`, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const opening = Promise.withResolvers<void>()
    node.engine.described = opening.promise
    const ticket = await world.ticket('a', DATA)
    for (let call = 0; call <= MAX_LOAD_WAITERS; call += 1) node.fetching.send(callOf(`${call}`, ID, ticket))
    expect(world.events).toEqual([
      expect.objectContaining({ callId: `${MAX_LOAD_WAITERS}`, code: 'no_capacity' }),
    ])
    vi.advanceTimersByTime(LOAD_WAIT_LIMIT_MS - 1)
    expect(world.events).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(world.events).toHaveLength(MAX_LOAD_WAITERS + 1)
    expect(world.outcomeOf('0')).toMatchObject({ code: 'no_capacity' })
    opening.resolve()
  })
})

describe('an adapter that is not what it is said to be', () => {
  const refused = async (callId: string, code = 'node_failed') => {
    expect(await world.ended(callId)).toMatchObject({ type: 'call.error', code })
    expect(node.engine.commands).toEqual([])
    expect(node.engine.adapters.size).toBe(0)
    expect(node.cache.entries).toEqual([])
    await expect.poll(files).toEqual([])
  }

  it.each(['damage', 'longer', 404] as const)(
    'because of %s is refused, and nothing of it stays',
    async (mishap) => {
      world.edge.mishaps.push(...Array.from({ length: 20 }, () => mishap))
      node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
      await refused('1')
    },
  )

  it('by its whole hash is refused', async () => {
    const { file, tokens } = await world.ticket('a', DATA)
    node.fetching.send(callOf('1', ID, { file: { ...file, sha256: '0'.repeat(64) }, tokens }))
    await refused('1')
  })

  it('by its header or its shapes is refused in words, and not fetched again at once', async () => {
    node.engine.refusal = 'It was made for another model.'
    const ticket = await world.ticket('a', DATA)
    node.fetching.send(callOf('1', ID, ticket))
    await refused('1')
    expect(world.outcomeOf('1')).toMatchObject({
      message: 'The adapter could not be used by its node: It was made for another model.',
    })
    node.fetching.send(callOf('2', ID, ticket))
    await refused('2')
    expect(world.edge.asked).toHaveLength(1)
    node.engine.refusal = undefined
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + REFUSED_AGAIN_MS)
    node.fetching.send(callOf('3', ID, ticket))
    await sent(1)
    vi.restoreAllMocks()
  })

  it('with fewer addresses than parts is refused', async () => {
    const { file } = await world.ticket('a', DATA, 10)
    node.fetching.send(callOf('1', ID, { file, tokens: ['t'] }))
    await refused('1')
  })

  it('or that nobody may fetch any more is refused', async () => {
    const ticket = await world.ticket('a', DATA)
    world.edge.expire()
    node.fetching.send(callOf('1', ID, ticket))
    await refused('1')
  })

  it('but came after a broken connection is served', async () => {
    world.edge.mishaps.push('break', 503, 'damage')
    node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
    await sent(1)
    expect(world.edge.asked).toHaveLength(4)
  })
})

describe('the cache', () => {
  const big = (seed: string) => Buffer.from(seed.repeat(600))

  it('lets those go that were not used for longest, out of memory too', async () => {
    node.fetching.send(callOf('1', ID, await world.ticket('a', big('a'))))
    await sent(1)
    node.fetching.send(callOf('2', OTHER, await world.ticket('b', big('b'))))
    await sent(2)
    expect([...node.engine.adapters.keys()]).toEqual([nameOf(OTHER)])
    expect(await files()).toHaveLength(1)
  })

  it('never lets one go that has calls: then there is no room here, and another node is asked', async () => {
    node.fetching.send(callOf('1', ID, await world.ticket('a', big('a'))))
    await sent(1)
    node.engine.busy.add(nameOf(ID))
    node.fetching.send(callOf('2', OTHER, await world.ticket('b', big('b'))))
    expect(await world.ended('2')).toMatchObject({ code: 'no_capacity' })
    expect([...node.engine.adapters.keys()]).toEqual([nameOf(ID)])
    node.engine.busy.clear()
    node.fetching.send(callOf('3', OTHER, await world.ticket('b', big('b'))))
    await sent(2)
  })

  it('is there after a restart, without a word to the edge', async () => {
    const ticket = await world.ticket('a', DATA)
    node.fetching.send(callOf('1', ID, ticket))
    await sent(1)
    await node.fetching.close()
    expect(node.engine.isClosed).toBe(true)
    node = await world.start()
    expect(node.fetching.models[0]?.adapters).toMatchObject([{ suffix: tunedSuffix(ID) }])
    node.fetching.send(callOf('2', ID, ticket))
    expect(calls()).toEqual(['2'])
    expect(world.edge.asked).toHaveLength(1)
  })

  it('compares shapes again after a restart with another file of its model, and lets go of what does not fit', async () => {
    const modelPath = join(world.folder, 'model.bin')
    await writeFile(modelPath, 'one')
    const other = await createFetchingWorld({ modelPath })
    const first = await other.start()
    first.fetching.send(callOf('1', ID, await other.ticket('a', DATA)))
    await expect.poll(() => first.engine.commands.length).toBe(1)
    await first.fetching.close()
    await writeFile(modelPath, 'another')
    const described = vi.spyOn(first.engine.constructor.prototype, 'describeAdapter')
    const second = await other.start()
    expect(described).toHaveBeenCalledTimes(1)
    expect(second.engine.adapters.size).toBe(1)
    await second.fetching.close()
    await writeFile(modelPath, 'a third one')
    described.mockRejectedValue(new Error('It has another shape.'))
    const third = await other.start()
    expect(third.engine.adapters.size).toBe(0)
    expect(third.cache.entries).toEqual([])
    await third.fetching.close()
    vi.restoreAllMocks()
    await other.close()
  })

  it('brings one again whose file was damaged here', async () => {
    const ticket = await world.ticket('a', DATA)
    node.fetching.send(callOf('1', ID, ticket))
    await sent(1)
    node.fetching.spoil(nameOf(ID))
    await expect.poll(files).toEqual([])
    node.fetching.send(callOf('2', ID, ticket))
    await sent(2)
    expect(world.edge.asked).toHaveLength(2)
  })
})

describe('an adapter that is withdrawn', () => {
  it('leaves memory and disk', async () => {
    node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
    await sent(1)
    node.fetching.withdraw([ID, OTHER])
    await expect.poll(files).toEqual([])
    expect(node.engine.adapters.size).toBe(0)
    expect((await world.start()).cache.entries).toEqual([])
  })

  it('on its way ends the calls that wait for it, and does not come', async () => {
    const opening = Promise.withResolvers<void>()
    node.engine.described = opening.promise
    node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
    await expect.poll(() => world.edge.asked.length).toBe(1)
    node.fetching.withdraw([ID])
    opening.resolve()
    expect(await world.ended('1')).toMatchObject({
      code: 'model_not_found',
      message: `The model "${nameOf(ID)}" was deleted.`,
      param: 'model',
    })
    await expect.poll(files).toEqual([])
    expect(node.engine.adapters.size).toBe(0)
  })
})

describe('a node that closes', () => {
  it('ends the calls that wait, leaves no half of a file, and closes its engine', async () => {
    const opening = Promise.withResolvers<void>()
    node.engine.described = opening.promise
    node.fetching.send(callOf('1', ID, await world.ticket('a', DATA)))
    await expect.poll(() => world.edge.asked.length).toBe(1)
    const closed = node.fetching.close()
    expect(world.outcomeOf('1')).toMatchObject({ finishReason: 'cancelled' })
    opening.resolve()
    await closed
    expect(node.engine.isClosed).toBe(true)
    expect(await files()).toEqual([])
  })
})
