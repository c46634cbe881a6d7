import { encodeMatrix } from '../../../shared/tasks/fit-matrix.ts'
import { MIB } from '../../../shared/units.ts'
import type { EndedTask, Tasks } from '../tasks/tasks.ts'
import type { LibraryStub } from './library.ts'
import type { Fitting } from './vector-models.ts'

/** The owner of the tasks that libraries begin. */
export const FIT_OWNER = 'library'

/** How long a fit may run, and how large its files may be. */
const FIT_LIMIT_MS = 5 * 60_000
const MAX_FILE_BYTES = 95 * MIB

/** The same fit gives the same vectors. */
const SEED = 1

const keyOf = (taskId: string, name: string): string => `fits/${taskId}/${name}`

/** Fits vectors by tasks on the pool; what they read and write lies in the bucket until the library has taken it. */
export function createFitting({
  bucket,
  tasks,
  library,
}: {
  bucket: R2Bucket
  tasks: Pick<Tasks, 'create' | 'canRun'>
  library: (accountId: string) => Pick<LibraryStub, 'fitted'>
}): Fitting & { onEnded(task: EndedTask): Promise<void> } {
  return {
    canRun: () => tasks.canRun('fit'),

    async begin({ id, accountId, matrix, dimensions }) {
      const file = encodeMatrix(matrix)
      const key = keyOf(id, 'matrix')
      await bucket.put(key, file)
      const inputs = [{ name: 'matrix', key, bytes: file.byteLength }]
      const outputs = ['terms', 'rows', 'values'].map((name) => ({
        name,
        key: keyOf(id, name),
        maxBytes: MAX_FILE_BYTES,
      }))
      const options = { dimensions, precision: 'float32' as const, seed: SEED }
      const task = { id, kind: 'fit' as const, accountId, owner: FIT_OWNER, inputs, outputs, options }
      await tasks.create({ ...task, limitMs: FIT_LIMIT_MS })
    },

    read: async (key) => (await bucket.get(key)) ?? undefined,
    discard: (key) => bucket.delete(key),

    /** Told of each end at least once. */
    async onEnded(task) {
      const outputs = task.state === 'done' ? task.outputs : []
      const terms = outputs.find(({ name }) => name === 'terms')
      const failure = task.state === 'failed' ? task.error.message : 'It has written no vectors.'
      await library(task.accountId).fitted(task.id, terms ? { key: terms.key } : { failure })
      await bucket.delete([keyOf(task.id, 'matrix'), ...outputs.map(({ key }) => key)])
    },
  }
}
