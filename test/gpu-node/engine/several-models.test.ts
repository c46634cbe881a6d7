import { copyFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { createLlamaEngine } from '../../../gpu-node/engine/llama.ts'
import { describeModel } from '../../../gpu-node/engine/model-description.ts'
import { ModelFiles } from '../../../gpu-node/engine/model-files.ts'
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

describe('an engine with more models than fit', () => {
  it('serves all of them, loading each when it is asked for, and checks its file before', {
    timeout: 60_000,
  }, async () => {
    const path = join(folder, 'second.gguf')
    await copyFile(STARTER, path)
    const events: EngineEvent[] = []
    const waiting: ((event: EngineEvent) => void)[] = []
    const files = new ModelFiles(folder, log)
    const engine = await createLlamaEngine(
      {
        models: [
          { id: 'first', path: STARTER, slots: 1, contextTokens: 128 },
          { id: 'second', path, slots: 1, contextTokens: 128 },
        ],
        threads: 1,
        gpu: false,
        memoryMiB: 1,
        verify: ({ path: file }, signal) => files.check({ path: file }, signal),
        log,
      },
      (event) => {
        events.push(event)
        for (const listener of waiting) listener(event)
      },
    )
    const residences = () => engine.models.map(({ id, residence = 'loaded' }) => `${id}:${residence}`)
    const ask = (callId: string, model: string) =>
      new Promise<EngineEvent>((resolve) => {
        waiting.push((event) => {
          if ((event.type === 'call.end' || event.type === 'call.error') && event.callId === callId)
            resolve(event)
        })
        const { request } = startOf(callId)
        engine.send({ ...startOf(callId), request: { ...request, model, maxTokens: 3 } })
      })
    expect(residences()).toEqual(['first:loaded', 'second:disk'])
    expect(await ask('1', 'second')).toMatchObject({ type: 'call.end' })
    expect(residences()).toEqual(['first:disk', 'second:loaded'])
    expect(await ask('2', 'first')).toMatchObject({ type: 'call.end' })
    expect(engine.pids).toHaveLength(1)
    await writeFile(path, 'something else', { flag: 'a' })
    await utimes(path, new Date(), new Date(1_000))
    expect(await ask('3', 'second')).toMatchObject({ type: 'call.error', code: 'node_failed' })
    await engine.close()
  })
})
