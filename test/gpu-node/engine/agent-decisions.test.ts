import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ensureModel } from '../../../scripts/bench/engine/model-maker.ts'
import type { GenerationRequest, Message } from '../../../shared/generation.ts'
import { createMathCalculator } from '../../../worker/services/agent-tools/computing/math-calculator.ts'
import { createPythonExecutor } from '../../../worker/services/agent-tools/computing/python-executor.ts'
import { currentTime } from '../../../worker/services/agent-tools/current-time.ts'
import type { OfferedTool, Tool } from '../../../worker/services/agent-tools/tool.ts'
import { createToolbox } from '../../../worker/services/agent-tools/toolbox.ts'
import { STEP_TOKENS } from '../../../worker/services/agents/limits.ts'
import { react } from '../../../worker/services/agents/loops/react.ts'
import {
  ANSWER,
  decisionIn,
  everShorter,
  stepSchema,
} from '../../../worker/services/agents/loops/step-schema.ts'
import { DECISION_SHARE } from '../../../worker/services/agents/run-hands.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { USUAL } from '../../support/sampling.ts'
import { RunningEngine, STARTER } from './running-engine.ts'

const AT_ONCE = 5
/** Of an answer: `<|im_start|>`, `assistant`, and a line's end. */
const OPENING_TOKENS = 3
const CONTEXT_TOKENS = 1_024
/** As a run gives a decision. */
const MAX_TOKENS = Math.min(STEP_TOKENS, CONTEXT_TOKENS * DECISION_SHARE)

const calls = { call: async () => ({ output: '', failed: false }), canCall: async () => true }
const asTool = (tool: object) => tool as Tool // the toolbox checks arguments before it runs a tool
const TOOLS = [
  ...[createMathCalculator(calls), createPythonExecutor(calls), currentTime].map(asTool),
  // Much text, in three places.
  {
    ...currentTime,
    name: 'write',
    arguments: z.strictObject({ text: z.string(), title: z.string(), words: z.array(z.string()) }),
  },
]

let tools: readonly OfferedTool[]
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
  const context = { signal: new AbortController().signal } as Parameters<
    ReturnType<typeof createToolbox>['offered']
  >[0] // these tools are offered to everybody
  tools = await createToolbox({ tools: TOOLS, log: { error: () => {} } }).offered(context)
})
afterAll(() => rm(folder, { recursive: true }))

/** A model that has learnt nothing at all: no token is more likely to it than others. */
async function randomModel(): Promise<string> {
  const path = join(folder, 'random.gguf')
  const size = { layers: 1, width: 64, heads: 2, keyHeads: 2, feedForward: 64, vocabulary: 1_024 }
  await ensureModel(path, { size, contextTokens: CONTEXT_TOKENS })
  return path
}

/** A decision as a run asks for it. Answers with what parsed, and how often it was asked for. */
async function decided(running: RunningEngine, seed: number) {
  for (const [at, schema] of everShorter(stepSchema(tools)).entries()) {
    const request = {
      format: { schema },
      sampling: { ...USUAL, temperature: 1, seed },
      maxTokens: MAX_TOKENS,
    }
    const { text, end } = await running.chat('What can you do?', request).outcome
    expect(end, JSON.stringify(end)).toMatchObject({ type: 'call.end' })
    try {
      return { decision: decisionIn(JSON.parse(text)), times: at + 1 }
    } catch {
      // It did not come to an end within its tokens.
    }
  }
  return { decision: undefined, times: Number.POSITIVE_INFINITY }
}

describe('decisions at temperature 1', () => {
  it.each<[string, number, () => Promise<string>]>([
    ['of a model that wants nothing', timesOf(5, 200), async () => STARTER],
    ['of a model of random weights', timesOf(5, 200), randomModel],
  ])('%s all parse, %i of them', { timeout: 600_000 }, async (_, steps, modelPath) => {
    const path = await modelPath()
    const running = await RunningEngine.create({ path, contextTokens: CONTEXT_TOKENS, slots: AT_ONCE })
    try {
      const names = new Set([ANSWER, ...tools.map(({ name }) => name)])
      const times: number[] = []
      for (let at = 0; at < steps; at += AT_ONCE) {
        const part = Array.from({ length: AT_ONCE }, (_one, index) => decided(running, SEED + at + index))
        for (const { decision, times: asked } of await Promise.all(part)) {
          expect(names, `step ${at} of seed ${SEED}`).toContain(decision?.action)
          times.push(asked)
        }
      }
      expect(times).toHaveLength(steps)
    } finally {
      await running.engine.close()
    }
  })
})

describe('the steps of a run', () => {
  it('find on their node the whole prompt of the step before', async () => {
    const running = await RunningEngine.create({ contextTokens: 4_096, slots: 2 })
    const steps: { promptTokens: number; cachedPromptTokens: number; completionTokens: number }[] = []
    const ask = async (messages: readonly Message[], format: GenerationRequest['format']) => {
      const prompt = { kind: 'chat' as const, messages: [...messages] }
      const { text, end } = await running.generate({ prompt, format, maxTokens: MAX_TOKENS }).outcome
      if (end.type !== 'call.end') throw new Error(end.message)
      steps.push(end.usage)
      return text
    }
    const question = 'What time is it in Seoul?'
    try {
      await react({
        messages: [{ role: 'user', content: question }],
        question,
        tools: tools.filter(({ name }) => name === 'current_time'),
        missing: [],
        ended: undefined,
        async think(messages, schema) {
          // Twice a call, and then the answer: what this model would like to do is another matter.
          const decisions = z.array(z.record(z.string(), z.unknown())).parse(schema.anyOf)
          const asked = steps.length < 2 ? decisions.slice(0, 1) : decisions.slice(-1)
          const text = await ask(messages, { schema: { anyOf: asked } })
          return { value: JSON.parse(text), text }
        },
        use: async (calls) =>
          calls.map((call) => ({
            ...call,
            step: steps.length,
            ok: true,
            shown: '09:00',
            isUntrusted: false,
          })),
        answer: async (messages) => void (await ask(messages, 'text')),
        say: async () => {},
      })
    } finally {
      await running.engine.close()
    }
    expect(steps).toHaveLength(4)
    const cached = steps.slice(1).map(({ cachedPromptTokens }, at) => {
      const { promptTokens = 0 } = steps[at] ?? {}
      return cachedPromptTokens - promptTokens
    })
    // The last prompt has no decision behind the one before, whose end, the opening of an answer, is then another one.
    expect(Math.min(...cached.slice(0, -1))).toBeGreaterThanOrEqual(0)
    expect(cached.at(-1)).toBeGreaterThanOrEqual(-OPENING_TOKENS)
  })
})
