import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeModel } from '../../../gpu-node/engine/child/model-description.ts'
import { createLlamaEngine, type LlamaEngine } from '../../../gpu-node/engine/llama.ts'
import { createLogger } from '../../../shared/log.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { GREEDY } from '../../support/sampling.ts'
import { writeLora } from '../engine/lora.ts'
import { STARTER } from '../engine/running-engine.ts'

/** Adapters that somebody has tampered with. A bad one costs a process that reads its header, so few are tried in each run. */
const CASES = timesOf(5, 2_000)
/** One that hangs whoever reads it takes half a minute. */
const TIMEOUT_MS = timesOf(300_000, 3_600_000)

let folder = ''
let whole: Buffer
let engine: LlamaEngine
const ended = new Map<string, (type: string) => void>()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-mutated-'))
  const path = join(folder, 'whole.gguf')
  await writeLora(path, { strength: 10 })
  whole = await readFile(path)
  engine = await createLlamaEngine(
    {
      models: [{ id: 'starter', path: STARTER, slots: 1, contextTokens: 64 }],
      threads: 1,
      gpu: false,
      log: createLogger(() => {}),
    },
    (event) => {
      if (event.type === 'call.end' || event.type === 'call.error') ended.get(event.callId)?.(event.type)
    },
  )
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

/** Where the header ends and weights begin, roughly: mutations are more interesting before. */
const HEADER_BYTES = 3_000

const flip = fc.record({
  at: fc.oneof(fc.nat(HEADER_BYTES), fc.nat(500_000)),
  to: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)),
})
const mutation = fc.record({
  flips: fc.array(flip, { minLength: 1, maxLength: 8 }),
  /** A share of the file that is left of it. */
  kept: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  /** Bytes of it said again somewhere else. */
  copied: fc.option(fc.record({ from: fc.nat(HEADER_BYTES), to: fc.nat(HEADER_BYTES), length: fc.nat(200) })),
})

function mutated({ flips, kept, copied }: typeof mutation extends fc.Arbitrary<infer Value> ? Value : never) {
  const bytes = Buffer.from(whole)
  for (const { at, to } of flips) bytes[at % bytes.length] = to
  if (copied) whole.copy(bytes, copied.to, copied.from, copied.from + copied.length)
  return bytes.subarray(0, Math.floor(bytes.length * kept))
}

/** How a call of the model, or of it with an adapter, ended. */
function outcomeOf(callId: string, model: string): Promise<string> {
  return new Promise((resolve) => {
    ended.set(callId, resolve)
    const prompt = { kind: 'text' as const, text: 'Hello' }
    const request = { model, prompt, sampling: GREEDY, maxTokens: 2, stop: [], format: 'text' as const }
    engine.send({ type: 'generation.start', callId, request })
  })
}

describe('an adapter that somebody has tampered with', () => {
  it('is refused in one sentence, or runs; the process of its model goes on either way', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const [pid] = engine.pids
    let count = 0
    await fc.assert(
      fc.asyncProperty(mutation, async (given) => {
        const suffix = `v${++count}`
        const path = join(folder, `${suffix}.gguf`)
        await writeFile(path, mutated(given))
        const adapter = { suffix, path }
        const model = { id: 'starter', path: STARTER, slots: 1, contextTokens: 64, adapters: [adapter] }
        const described = await describeModel({ type: 'load', model, threads: 1, gpu: false }).catch(
          (thrown: Error) => thrown.message,
        )
        if (typeof described === 'string') expect(described).toMatch(/^[^\n]+$/)
        else {
          const [found] = described.adapters
          expect(found && engine.addAdapter('starter', adapter, found)).toBe(true)
          expect(await outcomeOf(`a${count}`, `starter:${suffix}`)).toMatch(/^call\./)
          await engine.removeAdapter('starter', suffix)
        }
        await rm(path)
        expect(engine.pids).toEqual([pid])
      }),
      { numRuns: CASES, seed: SEED, endOnFailure: true },
    )
    expect(await outcomeOf('last', 'starter')).toBe('call.end')
  })
})
