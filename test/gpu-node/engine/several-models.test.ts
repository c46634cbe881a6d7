import { copyFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeModel } from '../../../gpu-node/engine/child/model-description.ts'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { createLlamaEngine } from '../../../gpu-node/engine/llama.ts'
import { hashFile, ModelFiles } from '../../../gpu-node/model-files/model-files.ts'
import { createLogger } from '../../../shared/log.ts'
import { ModelHolding } from '../../../shared/node.ts'
import { startOf } from '../fake-engine.ts'
import { STARTER } from './running-engine.ts'

const log = createLogger(() => {})

let folder = ''
let broken = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-several-'))
  broken = join(folder, 'broken.gguf')
  await writeFile(broken, `GGUF${'\u0003\u0000\u0000\u0000'}${'\u00ff'.repeat(500)}`)
})
afterAll(() => rm(folder, { recursive: true }))

describe('describeModel', () => {
  const describe_ = (path: string, limitMs?: number) =>
    describeModel({ type: 'load', model: { id: 'starter', path, slots: 2 }, threads: 1, gpu: false }, limitMs)

  it('says what a model is without loading it', async () => {
    const { holding, needMiB } = await describe_(STARTER)
    expect(ModelHolding.parse(holding)).toMatchObject({
      id: 'starter',
      capabilities: ['generate', 'embed'],
      contextTokens: 1_024,
      slots: 2,
      architecture: 'llama',
    })
    expect(needMiB).toBeGreaterThan(0)
  })

  it('refuses a header that makes no sense', async () => {
    await expect(describe_(broken)).rejects.toThrow()
  })

  it('gives up on a header that takes too long', async () => {
    await expect(describe_(STARTER, 1)).rejects.toThrow('Its header cannot be read.')
  })
})

/** A real engine with two copies of the starter model, `first` and `second`, of which one fits. */
async function createSeveral() {
  const path = join(folder, 'second.gguf')
  await copyFile(STARTER, path)
  const listeners = new Map<string, (end: EngineEvent) => void>()
  const loads: string[] = []
  let loaded = 'first'
  const files = new ModelFiles(folder, log)
  const engine = await createLlamaEngine(
    {
      models: [
        { id: 'first', path: STARTER, slots: 2, contextTokens: 128 },
        { id: 'second', path, slots: 2, contextTokens: 128 },
      ],
      threads: 1,
      gpu: false,
      memoryMiB: 1,
      verify: ({ path: file }, signal) => files.check({ path: file }, signal),
      log,
    },
    (event) => {
      if (event.type === 'call.end' || event.type === 'call.error') listeners.get(event.callId)?.(event)
      if (event.type !== 'holdings') return
      const now = event.models.find(({ residence = 'loaded' }) => residence === 'loaded')?.id
      if (now !== undefined && now !== loaded) loads.push(now)
      loaded = now ?? loaded
    },
  )
  let calls = 0
  return {
    engine,
    path,
    /** Models, in the order in which they came into memory after the start. */
    loads,
    residences: () => engine.models.map(({ id, residence = 'loaded' }) => `${id}:${residence}`),
    /** Resolves with its end. */
    ask: (model: string, maxTokens = 3) => {
      const callId = `${calls++}`
      const end = new Promise<EngineEvent>((resolve) => listeners.set(callId, resolve))
      const { request } = startOf(callId)
      engine.send({ ...startOf(callId), request: { ...request, model, maxTokens } })
      return end
    },
  }
}

describe('an engine with more models than fit', () => {
  it('serves all of them, loading each when it is asked for, and checks its file before', {
    timeout: 60_000,
  }, async () => {
    const { engine, path, residences, ask } = await createSeveral()
    expect(residences()).toEqual(['first:loaded', 'second:disk'])
    const hash = await hashFile(path, new AbortController().signal)
    const hashes = () => engine.models.map(({ sha256 }) => sha256)
    expect(hashes()).toEqual([hash, hash])
    expect(await ask('second')).toMatchObject({ type: 'call.end' })
    expect(hashes()).toEqual([hash, hash])
    expect(residences()).toEqual(['first:disk', 'second:loaded'])
    expect(await ask('first')).toMatchObject({ type: 'call.end' })
    expect(engine.pids).toHaveLength(1)
    await writeFile(path, 'something else', { flag: 'a' })
    await utimes(path, new Date(), new Date(1_000))
    expect(await ask('second')).toMatchObject({ type: 'call.error', code: 'node_failed' })
    await engine.close()
  })

  it('lets one that always has calls make room for another, and come back', {
    timeout: 60_000,
  }, async () => {
    const { engine, loads, ask } = await createSeveral()
    let isOver = false
    const ends: Promise<EngineEvent>[] = []
    // As soon as one call ends the next is there, and there is always another one running.
    const callOn = async () => {
      while (!isOver) {
        const end = ask('first', 64)
        ends.push(end)
        await end
      }
    }
    const clients = Promise.all([callOn(), callOn(), callOn()])
    expect(await ask('second')).toMatchObject({ type: 'call.end' })
    isOver = true
    await clients
    for (const end of ends) expect(await end).toMatchObject({ type: 'call.end' })
    expect(loads).toEqual(['second', 'first'])
    await engine.close()
  })

  it('serves calls for two models that come by turns with one load of each', {
    timeout: 60_000,
  }, async () => {
    const { engine, loads, ask } = await createSeveral()
    await ask('second')
    const calls = Array.from({ length: 10 }, () => [ask('first', 8), ask('second', 8)]).flat()
    for (const end of await Promise.all(calls)) expect(end).toMatchObject({ type: 'call.end' })
    expect(loads).toEqual(['second', 'first'])
    await engine.close()
  })
})
