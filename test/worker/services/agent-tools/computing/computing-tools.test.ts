import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../../shared/errors.ts'
import { createLogger } from '../../../../../shared/log.ts'
import {
  createMathCalculator,
  MATH_LIMIT_MS,
  MAX_EXPRESSION_LENGTH,
  SYMPY_LIMIT_MS,
} from '../../../../../worker/services/agent-tools/computing/math-calculator.ts'
import {
  createPythonExecutor,
  PYTHON_LIMIT_MS,
} from '../../../../../worker/services/agent-tools/computing/python-executor.ts'
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

const NOT_FOUND: CallResult = { output: 'No integral was found.', failed: true, notFound: true }
const TIME_OVER: CallResult = { fault: 'time_limit', message: 'This took longer than 5 seconds.' }
const MEMORY_OVER: CallResult = { fault: 'memory_limit', message: 'This took more than 256 MB of memory.' }
const INTEGRAL = { expression: 'integral of 1/(x^4 + 1)' }

/** A pool whose nodes do these kinds, each with one result. */
function poolOf(results: Record<string, CallResult | AppError>) {
  const asked: [kind: string, input: string, limitMs: number][] = []
  const known = new Map(Object.entries(results))
  const calls = {
    async call(kind: string, input: string, { limitMs }: { limitMs: number }) {
      asked.push([kind, input, limitMs])
      const result = known.get(kind)
      if (result === undefined || result instanceof AppError) throw result
      return result
    },
    canCall: async (kind: string) => known.has(kind),
  }
  const tools = [createMathCalculator(calls), createPythonExecutor(calls)]
  return { toolbox: createToolbox({ tools, log: createLogger(() => {}) }), asked }
}

describe('SymPy', () => {
  it.each([
    ['found nothing', NOT_FOUND],
    ['came to no end', TIME_OVER],
  ])('is asked the same where the calculator %s, and is named', async (_, first) => {
    const { toolbox, asked } = poolOf({ math: first, sympy: { output: 'atan(x) + C', failed: false } })
    expect(await toolbox.call('math_calculator', INTEGRAL, context)).toMatchObject({
      ...{ ok: true, shown: 'atan(x) + C (by SymPy)' },
      outcome: { data: { result: 'atan(x) + C', by: 'SymPy' } },
    })
    expect(asked).toEqual([
      ['math', INTEGRAL.expression, MATH_LIMIT_MS],
      ['sympy', INTEGRAL.expression, SYMPY_LIMIT_MS],
    ])
  })

  it.each<[string, CallResult]>([
    ['has a result', { output: '2', failed: false }],
    ['was asked for nonsense', { output: 'This is no expression.', failed: true }],
    ['had no memory left', MEMORY_OVER],
  ])('is not asked where the calculator %s', async (_, first) => {
    const { toolbox, asked } = poolOf({ math: first, sympy: { output: 'x', failed: false } })
    await toolbox.call('math_calculator', INTEGRAL, context)
    expect(asked.map(([kind]) => kind)).toEqual(['math'])
  })

  it.each<[string, Record<string, CallResult | AppError>]>([
    ['is on no node', {}],
    ['finds nothing either', { sympy: NOT_FOUND }],
    ['comes to no end', { sympy: TIME_OVER }],
    ['is on a node that is lost', { sympy: new AppError('node_failed', 'The node was lost.') }],
  ])('that %s leaves it at what the calculator said', async (_, more) => {
    const { toolbox } = poolOf({ math: NOT_FOUND, ...more })
    expect(await toolbox.call('math_calculator', INTEGRAL, context)).toMatchObject({
      ...{ ok: false, message: 'No integral was found.' },
    })
  })

  it('is there for programs that import it, where a node has it', async () => {
    const done = { output: '', failed: false }
    const withIt = poolOf({ python: done, python_sympy: done })
    const programs = [
      'import sympy',
      'import math, sympy as sp',
      'def f():\n  from sympy.abc import x',
      'try: import mpmath\nexcept ImportError: pass',
      'x = 1; from mpmath import mp',
      'print("sympy")',
      'import symphony',
      'important = sympy',
    ]
    for (const code of programs) await withIt.toolbox.call('python_executor', { code }, context)
    expect(withIt.asked.map(([kind]) => kind)).toEqual([
      ...Array(5).fill('python_sympy'),
      ...Array(3).fill('python'),
    ])
    const without = poolOf({ python: done })
    await without.toolbox.call('python_executor', { code: 'import sympy' }, context)
    expect(without.asked).toEqual([['python', 'import sympy', PYTHON_LIMIT_MS]])
    expect(PYTHON_LIMIT_MS).toBe(10_000)
  })
})
