import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import type { TaskCalls } from '../../tasks/task-calls.ts'
import type { Tool } from '../tool.ts'

/** Longest expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 2_000

/** How long a calculation may take. */
export const MATH_LIMIT_MS = 5_000

/** The same with what comes before: a node with a slot free. */
const CALL_LIMIT_MS = 20_000

const Arguments = z.strictObject({
  expression: z
    .string()
    .min(1)
    .max(MAX_EXPRESSION_LENGTH)
    .describe(
      'Such as 12 * 7.5, 5 km + 300 m in mile, det([[1, 2], [3, 4]]), derivative of x^3 + 2x^2 - 5x + 7, integral of x^2 from 0 to 3, solve x^2 = 2.',
    ),
})

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
    if ('fault' in result) throw new AppError('unprocessable', result.message)
    if (result.failed) throw new AppError('unprocessable', result.output)
    return { text: result.output, data: { result: result.output } }
  },
})
