import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AdapterCache } from '../../../gpu-node/adapters/adapter-cache.ts'
import { FetchingEngine } from '../../../gpu-node/adapters/fetching-engine.ts'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { createLlamaEngine } from '../../../gpu-node/engine/llama.ts'
import type { AdapterTicket } from '../../../shared/generation.ts'
import { createLogger } from '../../../shared/log.ts'
import { adapterModelId, tunedSuffix } from '../../../shared/node.ts'
import { MIB } from '../../../shared/units.ts'
import { GREEDY } from '../../support/sampling.ts'
import { writeLora } from '../engine/lora.ts'
import { STARTER } from '../engine/running-engine.ts'
import { ByteServer } from '../training/byte-server.ts'

const ID = '6a0b1c2d0123456789abcdef'
const BAD = '6a0b1c2dfedcba9876543210'
const nameOf = (id: string) => adapterModelId('starter', tunedSuffix(id))

let folder = ''
let edge: ByteServer
let ticket: AdapterTicket
let stop: (() => Promise<void>) | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-fetched-'))
  edge = await ByteServer.start()
  const path = join(folder, 'strong.gguf')
  await writeLora(path, { strength: 10 })
  ticket = await ticketFor('strong', path)
})
afterEach(() => stop?.())
afterAll(async () => {
  await edge.close()
  await rm(folder, { recursive: true })
})

async function ticketFor(name: string, path: string): Promise<AdapterTicket> {
  const file = await edge.put(name, await readFile(path), 50_000)
  return { file, tokens: file.parts.map((_, index) => edge.sign('GET', `${name}/${index}`)) }
}

/** A node’s engine with the starter model and nothing else, as an operator would have started it. */
async function start() {
  const log = createLogger(() => {})
  const events: EngineEvent[] = []
  const texts = new Map<string, string>()
  let onEnd: (callId: string) => void = () => {}
  const emit = (event: EngineEvent): void => {
    events.push(event)
    if (event.type === 'step') {
      for (const [callId, text] of event.step) texts.set(callId, (texts.get(callId) ?? '') + text)
    }
    if (event.type === 'call.end' || event.type === 'call.error') onEnd(event.callId)
  }
  const models = [{ id: 'starter', path: STARTER, slots: 2, contextTokens: 512 }]
  const engine = await createLlamaEngine({ models, threads: 1, gpu: false, log }, emit)
  const cacheFolder = join(folder, 'cache')
  const cache = await AdapterCache.open({ folder: cacheFolder, limitBytes: 64 * MIB, log })
  const modelPath = () => STARTER
  const fetching = await FetchingEngine.create({
    engine,
    cache,
    edge: edge.origin,
    modelPath,
    emit,
    log,
    wait: async () => {},
  })
  stop = () => fetching.close()
  let count = 0
  return {
    fetching,
    files: async () => (await readdir(cacheFolder)).filter((name) => name.endsWith('.gguf')),
    events,
    /** An answer, and how it ended. */
    async ask(model: string, adapter?: AdapterTicket) {
      const callId = `call-${++count}`
      const ended = new Promise<void>((resolve) => {
        const others = onEnd
        onEnd = (id) => (id === callId ? resolve() : others(id))
      })
      fetching.send({
        type: 'generation.start',
        callId,
        request: {
          model,
          prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Who are you?' }] },
          sampling: GREEDY,
          maxTokens: 16,
          stop: [],
          format: 'text',
          ...(adapter && { adapter }),
        },
      })
      await ended
      const end = events.findLast((event) => 'callId' in event && event.callId === callId)
      return { text: texts.get(callId) ?? '', end }
    },
  }
}

describe('an adapter that was trained elsewhere', { timeout: 60_000 }, () => {
  it('is fetched by the first call, checked, and answers in its own way; after a restart without the edge', async () => {
    const node = await start()
    const plain = await node.ask('starter')
    const asked = await Promise.all([node.ask(nameOf(ID), ticket), node.ask(nameOf(ID), ticket)])
    expect(asked.map(({ end }) => end?.type)).toEqual(['call.end', 'call.end'])
    expect(asked[0]?.text).not.toBe(plain.text)
    expect(asked[1]?.text).toBe(asked[0]?.text)
    expect(edge.asked).toHaveLength(ticket.file.parts.length)
    expect((await node.ask('starter')).text).toBe(plain.text)
    expect(node.fetching.models[0]?.adapters).toMatchObject([{ suffix: tunedSuffix(ID) }])
    await node.fetching.close()
    const again = await start()
    expect(again.fetching.models[0]?.adapters).toMatchObject([{ suffix: tunedSuffix(ID), residence: 'disk' }])
    expect((await again.ask(nameOf(ID))).text).toBe(asked[0]?.text)
    expect(edge.asked).toHaveLength(ticket.file.parts.length)
  })

  it('leaves memory and disk when it is withdrawn', async () => {
    const node = await start()
    await node.ask(nameOf(ID), ticket)
    node.fetching.withdraw([ID])
    await expect.poll(node.files).toEqual([])
    expect(node.fetching.models[0]?.adapters ?? []).toEqual([])
    expect((await node.ask(nameOf(ID))).end).toMatchObject({ code: 'model_not_found' })
  })

  it.each<[what: string, options: Parameters<typeof writeLora>[1], reason: RegExp]>([
    [
      'another architecture',
      { metadata: { 'general.architecture': { type: 'string', value: 'qwen2' } } },
      /architecture/,
    ],
    ['another kind', { metadata: { 'general.type': { type: 'string', value: 'model' } } }, /not an adapter/],
    [
      'other shapes',
      {
        tensors: (all) => all.map((tensor) => ({ ...tensor, name: tensor.name.replace('attn_q', 'ffn_up') })),
      },
      /shape|only one/,
    ],
  ])('of %s is refused in words, and nothing of it is here', async (what, options, reason) => {
    const path = join(folder, 'bad.gguf')
    await writeLora(path, options)
    const node = await start()
    const before = (await node.files()).length
    const { end } = await node.ask(nameOf(BAD), await ticketFor(what, path))
    expect(end).toMatchObject({
      type: 'call.error',
      code: 'node_failed',
      message: expect.stringMatching(reason),
    })
    expect(await node.files()).toHaveLength(before)
    expect(JSON.stringify(node.fetching.models)).not.toContain(BAD)
    expect((await node.ask('starter')).end).toMatchObject({ type: 'call.end' })
  })

  it('that is cut off, or no GGUF at all, is refused as well', async () => {
    const node = await start()
    const whole = await readFile(join(folder, 'strong.gguf'))
    for (const [index, data] of [whole.subarray(0, whole.length - 100), Buffer.alloc(1_000, 7)].entries()) {
      const id = `${BAD.slice(0, -1)}${index}`
      const file = await edge.put(`cut-${index}`, data)
      const { end } = await node.ask(nameOf(id), { file, tokens: [edge.sign('GET', `cut-${index}/0`)] })
      expect(end).toMatchObject({ type: 'call.error', code: 'node_failed' })
    }
    expect((await node.ask('starter')).end).toMatchObject({ type: 'call.end' })
  })
})
