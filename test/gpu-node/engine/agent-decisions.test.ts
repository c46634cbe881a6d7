import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMathCalculator } from '../../../worker/services/agent-tools/computing/math-calculator.ts'
import { createPythonExecutor } from '../../../worker/services/agent-tools/computing/python-executor.ts'
import { currentTime } from '../../../worker/services/agent-tools/current-time.ts'
import type { OfferedTool, Tool } from '../../../worker/services/agent-tools/tool.ts'
import { createToolbox } from '../../../worker/services/agent-tools/toolbox.ts'
import { STEP_TOKENS } from '../../../worker/services/agents/limits.ts'
import {
  ANSWER,
  decisionIn,
  everShorter,
  stepSchema,
} from '../../../worker/services/agents/loops/step-schema.ts'
import { DECISION_SHARE } from '../../../worker/services/agents/run-hands.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { USUAL } from '../../support/sampling.ts'
import { RunningEngine } from './running-engine.ts'

const STEPS = timesOf(10, 200)
const AT_ONCE = 5
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

let running: RunningEngine
let tools: readonly OfferedTool[]
beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: CONTEXT_TOKENS, slots: AT_ONCE })
  const context = { signal: new AbortController().signal } as Parameters<
    ReturnType<typeof createToolbox>['offered']
  >[0] // these tools are offered to everybody
  tools = await createToolbox({ tools: TOOLS, log: { error: () => {} } }).offered(context)
})
afterAll(() => running.engine.close())

/** A decision as a run asks for it. Answers with what parsed, and how often it was asked for. */
async function decided(seed: number) {
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

describe('decisions of a model that wants nothing, at temperature 1', () => {
  it(`all parse, ${STEPS} of ${STEPS} (seed ${SEED})`, { timeout: 30_000 + STEPS * 3_000 }, async () => {
    const names = new Set([ANSWER, ...tools.map(({ name }) => name)])
    const times: number[] = []
    for (let at = 0; at < STEPS; at += AT_ONCE) {
      const part = Array.from({ length: AT_ONCE }, (_, index) => decided(SEED + at + index))
      for (const { decision, times: asked } of await Promise.all(part)) {
        expect(names, `step ${at}`).toContain(decision?.action)
        times.push(asked)
      }
    }
    expect(times).toHaveLength(STEPS)
  })
})
