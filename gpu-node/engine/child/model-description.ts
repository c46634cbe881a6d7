import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AdapterHolding, ModelHolding } from '../../../shared/node.ts'
import { NATIVE_FLAGS } from '../../process/child-process.ts'
import { passedEnvironment } from '../../process/environment.ts'
import type { LoadMessage } from '../messages.ts'

/** A header is read in well under a second; a bad one can be read for ever. */
export const DESCRIBE_LIMIT_MS = 30_000

const CHILD_FILE = fileURLToPath(new URL('./describe.ts', import.meta.url))

/** An adapter, and the memory that its context takes. */
const DescribedAdapter = z.object({ holding: AdapterHolding, needMiB: z.int().positive() })
export type DescribedAdapter = z.infer<typeof DescribedAdapter>

/** A model's kind and the memory that it will take, known without loading it. */
export const ModelDescription = z.object({
  holding: ModelHolding,
  /** Estimated memory of weights, caches and working space, on the GPU or not. */
  needMiB: z.int().positive(),
  /** Their contexts come beside that. */
  adapters: z.array(DescribedAdapter),
})
export type ModelDescription = z.infer<typeof ModelDescription>

const Answer = z.union([z.object({ description: ModelDescription }), z.object({ refused: z.string() })])

/** A sentence that may quote a file, without what has no place in a line. */
const oneLine = (sentence: string): string => sentence.replaceAll(/\p{Cc}+/gu, ' ')

/** Reads the headers of a model and its adapters in a process of its own. Rejects with one sentence. */
export function describeModel(load: LoadMessage, limitMs = DESCRIBE_LIMIT_MS): Promise<ModelDescription> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD_FILE, {
      execArgv: NATIVE_FLAGS,
      env: passedEnvironment(process.env),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    child.once('error', reject)
    child.once('message', (message) => {
      const { success, data } = Answer.safeParse(message)
      if (success && 'description' in data) resolve(data.description)
      else
        reject(new Error(success && 'refused' in data ? oneLine(data.refused) : 'Its header makes no sense.'))
    })
    child.once('exit', () => reject(new Error('Its header cannot be read.'))) // without effect after an answer
    child.send(load, () => {}) // fails when the child is gone; `exit` tells
  })
}
