import { Worker } from 'node:worker_threads'
import { AppError } from '../../../shared/errors.ts'
import { MAX_COMPILE_STEPS } from '../grammar/limits.ts'
import type { AnswerGrammar } from './answer-grammar.ts'
import type { FormAnswer, FormQuestion, FormThreadData } from './form-thread.ts'

/** Wall-clock time for one request. Its steps are spent long before, unless the machine is overloaded or they are counted wrong. */
export const COMPILE_LIMIT_MS = 10_000

/**
 * Steps of a first try, some 100 ms. What takes more is compiled when nobody waits for a first try: whoever asks for what is dear
 * waits for others, and they not for him.
 */
export const FIRST_STEPS = MAX_COMPILE_STEPS / 10

/** Memory of the thread's own. The grammars that one request may have take a few megabytes. */
const MAX_HEAP_MIB = 512

const THREAD_FILE = new URL('./form-thread.ts', import.meta.url)

interface Job {
  asked: string
  resolve: (form: AnswerGrammar) => void
  reject: (reason: Error) => void
}

const tooLong = (): AppError =>
  new AppError('invalid_request', 'The schemas of this request take too long to compile.')

export interface FormCompilerOptions extends FormThreadData {
  limitMs?: number
}

/** Compiles what answers are held to in a thread of its own, one request at a time. The thread begins with the first. */
export class FormCompiler {
  readonly #options: FormCompilerOptions
  #thread: Worker | undefined
  #jobs: Job[] = []
  /** Those whose first try was not enough. */
  #dear: Job[] = []
  #work: Promise<void> | undefined
  /** The question that the thread answers now. */
  #pending: PromiseWithResolvers<FormAnswer | undefined> | undefined

  constructor(options: FormCompilerOptions) {
    this.#options = options
  }

  /** `asked` is an `Asked` as JSON. Rejects with `invalid_request` for what cannot be honoured, or takes too long. */
  compile(asked: string): Promise<AnswerGrammar> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ asked, resolve, reject })
      this.#work ??= this.#run()
    })
  }

  /** Ends the thread. What was asked for is not answered any more. */
  async close(): Promise<void> {
    this.#jobs = []
    this.#dear = []
    await this.#end()
    this.#pending?.reject(new Error('The engine is closing.'))
  }

  async #run(): Promise<void> {
    for (;;) {
      const fresh = this.#jobs.shift()
      const job = fresh ?? this.#dear.shift()
      if (job === undefined) break
      await this.#answer(job, fresh ? FIRST_STEPS : MAX_COMPILE_STEPS).catch(job.reject)
    }
    this.#work = undefined
  }

  /** A request that is not compiled in time is compiled without the schemas that need not be. */
  async #answer(job: Job, steps: number): Promise<void> {
    const { asked, resolve, reject } = job
    const answer =
      (await this.#ask({ asked, steps, enforces: 'all' })) ??
      (await this.#ask({ asked, steps, enforces: 'strict' }))
    if (answer === undefined) reject(tooLong())
    else if (answer.isSpent && steps < MAX_COMPILE_STEPS) this.#dear.push(job)
    else if ('form' in answer) resolve(answer.form)
    else reject(new AppError(answer.refused.code, answer.refused.message, { param: answer.refused.param }))
  }

  /** Undefined when the thread did not answer in time, or ran out of memory; then it is gone. */
  async #ask(question: FormQuestion): Promise<FormAnswer | undefined> {
    this.#thread ??= this.#start()
    this.#thread.postMessage(question)
    this.#pending = Promise.withResolvers()
    const limit = setTimeout(
      () => this.#pending?.resolve(undefined),
      this.#options.limitMs ?? COMPILE_LIMIT_MS,
    )
    const answer = await this.#pending.promise.finally(() => {
      clearTimeout(limit)
      this.#pending = undefined
    })
    if (answer === undefined) await this.#end()
    return answer
  }

  #start(): Worker {
    const { format, maxWays } = this.#options
    const thread = new Worker(THREAD_FILE, {
      workerData: { format, maxWays } satisfies FormThreadData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    })
    thread.on('message', (answer: FormAnswer) => this.#pending?.resolve(answer))
    thread.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#pending?.resolve(undefined)
      else this.#pending?.reject(error)
    })
    thread.on('exit', () => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      this.#pending?.reject(new Error('The thread that compiles schemas ended.'))
    })
    thread.unref()
    return thread
  }

  async #end(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }
}
