import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import { MAX_ERRAND_INPUT_LENGTH } from '../../../../shared/tasks/errands.ts'
import type { TaskCalls } from '../../tasks/task-calls.ts'
import type { Tool } from '../tool.ts'

/** How long a program may run. */
export const PYTHON_LIMIT_MS = 10_000

/** The same with what comes before: a node with a slot free, and a Python that is ready. */
const CALL_LIMIT_MS = 30_000

const Arguments = z.strictObject({
  code: z
    .string()
    .min(1)
    .max(MAX_ERRAND_INPUT_LENGTH)
    .describe('A whole program. What it prints is the result, and the value of its last line.'),
})

/** Whether a program imports SymPy, or what is installed with it, by a statement of its own. */
const importsSympy = (code: string): boolean =>
  code.split(/[\n;:]/).some((part) => /^\s*(?:import|from)\s/.test(part) && /\b(?:sympy|mpmath)\b/.test(part))

/** Programs in Python, each in a process of its own on a node, without files, network or packages but SymPy where a node has it. */
export const createPythonExecutor = (
  calls: Pick<TaskCalls, 'call' | 'canCall'>,
): Tool<z.infer<typeof Arguments>> => ({
  name: 'python_executor',
  description:
    'Runs a program in Python (its standard library alone) and tells what it printed. Nothing is kept from one program to the next.',
  arguments: Arguments,
  effect: 'reads',
  brings: 'own words',
  limitMs: CALL_LIMIT_MS,
  async offered() {
    if (await calls.canCall('python')) return undefined
    return 'No node that runs Python is connected.'
  },
  async run({ code }, { accountId, signal }) {
    const kind = importsSympy(code) && (await calls.canCall('python_sympy')) ? 'python_sympy' : 'python'
    const result = await calls.call(kind, code, { accountId, limitMs: PYTHON_LIMIT_MS, signal })
    if ('fault' in result) throw new AppError('unprocessable', result.message)
    const { output, failed } = result
    const text = output === '' ? 'The program printed nothing.' : output
    return { text: failed ? `The program failed.\n${text}` : text, data: { output, failed } }
  },
})
