import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../../../shared/errors.ts'
import { CompileBudget } from '../grammar/budget.ts'
import { type AnswerGrammar, type AnswerGrammarOptions, type Asked, answerGrammar } from './answer-grammar.ts'
import { SchemaCache } from './schema-cache.ts'

// A thread that compiles what answers are held to, so that no stream waits for it: a schema can take a second. Whoever
// started it ends it when it takes longer.

/** Given to the thread at its beginning. */
export type FormThreadData = Pick<AnswerGrammarOptions, 'format' | 'maxWays'>

/** A question to the thread; one at a time. */
export interface FormQuestion extends Pick<AnswerGrammarOptions, 'enforces'> {
  /** An `Asked` as JSON. */
  asked: string
  /** Steps that it may take to compile. */
  steps: number
}

export type FormAnswer = {
  /** Whether something would be different with more steps. */
  isSpent: boolean
} & ({ form: AnswerGrammar } | { refused: Pick<AppError, 'code' | 'message' | 'param'> })

const options = workerData as FormThreadData // written by `FormCompiler`
const schemas = new SchemaCache()

function answer({ asked, enforces, steps }: FormQuestion): FormAnswer {
  const budget = new CompileBudget({ steps })
  try {
    const compile: AnswerGrammarOptions['compile'] = (schema, given) => schemas.compile(schema, given)
    const form = answerGrammar(JSON.parse(asked) as Asked, { ...options, enforces, compile, budget })
    return { form, isSpent: budget.isSpent }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown // ends the thread; another is started
    const { code, message, param } = thrown
    return { refused: { code, message, param }, isSpent: budget.isSpent }
  }
}

parentPort?.on('message', (question: FormQuestion) => parentPort?.postMessage(answer(question)))
