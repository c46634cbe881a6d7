import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import {
  createMathCalculator,
  MAX_EXPRESSION_LENGTH,
} from '../../../../../worker/services/agent-tools/computing/math-calculator.ts'
import { createPythonExecutor } from '../../../../../worker/services/agent-tools/computing/python-executor.ts'
import type { ToolContext } from '../../../../../worker/services/agent-tools/tool.ts'
import { createToolbox } from '../../../../../worker/services/agent-tools/toolbox.ts'
import type { CallResult } from '../../../../../worker/services/tasks/task-calls.ts'

const context: ToolContext = {
  ...{ accountId: 'a', requestId: 'r', runId: 'n', step: 1, userWords: '', foundAddresses: [] },
  ...{
    isTainted: false,
    mayReadFiles: true,
    contextTokens: 1_000,
    now: () => 0,
    resultOf: async () => undefined,
  },
  signal: new AbortController().signal,
}

function boxWith(result: CallResult, isThere = true) {
  const asked: string[] = []
  const calls = {
    call: async (kind: string, input: string) => {
      asked.push(`${kind}: ${input}`)
      return result
    },
    canCall: async () => isThere,
  }
  const tools = [createMathCalculator(calls), createPythonExecutor(calls)]
  return { toolbox: createToolbox({ tools, log: createLogger(() => {}) }), asked }
}

describe('the tools that compute', () => {
  it('give a node what they are asked, and its result as words', async () => {
    const { toolbox, asked } = boxWith({ output: '3x^2 + 4x - 5', failed: false })
    const math = { expression: 'derivative of x^3 + 2x^2 - 5x + 7' }
    expect(await toolbox.call('math_calculator', math, context)).toMatchObject({
      ok: true,
      shown: '3x^2 + 4x - 5',
    })
    expect(await toolbox.call('python_executor', { code: 'print(1)' }, context)).toMatchObject({ ok: true })
    expect(asked).toEqual(['math: derivative of x^3 + 2x^2 - 5x + 7', 'python: print(1)'])
  })

  it('say that there is no result, and why', async () => {
    const { toolbox } = boxWith({ output: 'x is not defined', failed: true })
    expect(await toolbox.call('math_calculator', { expression: 'x' }, context)).toMatchObject({
      ...{ ok: false, code: 'failed', message: 'x is not defined' },
    })
    expect(await toolbox.call('python_executor', { code: 'x' }, context)).toMatchObject({
      ...{ ok: true, shown: 'The program failed.\nx is not defined', outcome: { data: { failed: true } } },
    })
    const fault = {
      fault: 'time_limit',
      message: 'This took longer than 10 seconds, and was stopped.',
    } as const
    expect(await boxWith(fault).toolbox.call('python_executor', { code: 'x' }, context)).toMatchObject({
      ...{ ok: false, message: fault.message },
    })
  })

  it('are not offered where no node has them, and take no more than may be', async () => {
    const { toolbox } = boxWith({ output: '', failed: false }, false)
    expect((await toolbox.survey(context)).missing).toHaveLength(2)
    const there = boxWith({ output: '2', failed: false }).toolbox
    const longest = '1'.repeat(MAX_EXPRESSION_LENGTH)
    expect(await there.call('math_calculator', { expression: longest }, context)).toMatchObject({ ok: true })
    expect(await there.call('math_calculator', { expression: `${longest}1` }, context)).toMatchObject({
      ...{ ok: false, code: 'bad_arguments' },
    })
  })
})
