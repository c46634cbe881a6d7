import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import type { CallResult, TaskCalls } from '../../tasks/task-calls.ts'
import type { Tool, ToolContext } from '../tool.ts'

/** Longest expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 2_000

/** How long a calculation may take. */
export const MATH_LIMIT_MS = 5_000

/** How long SymPy may look for what was not found. */
export const SYMPY_LIMIT_MS = 10_000

/** Both with what comes before each: a node with a slot free, and a Python that is ready. */
const CALL_LIMIT_MS = 50_000

const Arguments = z.strictObject({
  expression: z
    .string()
    .min(1)
    .max(MAX_EXPRESSION_LENGTH)
    .describe(
      'Such as 12 * 7.5, 5 km + 300 m in mile, det([[1, 2], [3, 4]]), derivative of x^3 + 2x^2 - 5x + 7, integral of x^2 from 0 to 3, solve x^2 = 2.',
    ),
})

/** Whether another algebra may come to a result where the first came to none: by its own word, or as it found no end. */
const isOpen = (result: CallResult): boolean =>
  'fault' in result ? result.fault === 'time_limit' : result.failed && result.notFound === true

/** The result that SymPy finds, where a node has it; undefined where none has, or it comes to nothing. */
async function bySympy(
  calls: Pick<TaskCalls, 'call' | 'canCall'>,
  expression: string,
  { accountId, signal }: Pick<ToolContext, 'accountId' | 'signal'>,
): Promise<string | undefined> {
  if (!(await calls.canCall('sympy'))) return undefined
  try {
    const result = await calls.call('sympy', expression, { accountId, limitMs: SYMPY_LIMIT_MS, signal })
    return 'fault' in result || result.failed ? undefined : result.output
  } catch (thrown) {
    signal.throwIfAborted()
    // It is lost or has no room: what the first said of it still holds.
    if (thrown instanceof AppError) return undefined
    throw thrown
  }
}

/** Calculations, on a node: numbers, units, matrices, derivatives, integrals, equations. */
export const createMathCalculator = (
  calls: Pick<TaskCalls, 'call' | 'canCall'>,
): Tool<z.infer<typeof Arguments>> => ({
  name: 'math_calculator',
  description:
    'Calculates with numbers, units and matrices, and finds derivatives, integrals and the solutions of equations.',
  arguments: Arguments,
  effect: 'reads',
  brings: 'own words',
  limitMs: CALL_LIMIT_MS,
  async offered() {
    if (await calls.canCall('math')) return undefined
    return 'No node that calculates is connected.'
  },
  async run({ expression }, { accountId, signal }) {
    const result = await calls.call('math', expression, { accountId, limitMs: MATH_LIMIT_MS, signal })
    const found = isOpen(result) ? await bySympy(calls, expression, { accountId, signal }) : undefined
    if (found !== undefined) return { text: `${found} (by SymPy)`, data: { result: found, by: 'SymPy' } }
    if ('fault' in result) throw new AppError('unprocessable', result.message)
    if (result.failed) throw new AppError('unprocessable', result.output)
    return { text: result.output, data: { result: result.output } }
  },
})
