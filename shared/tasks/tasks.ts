import { z } from 'zod'
import { MAX_PAGES } from '../document-page.ts'
import { MIB } from '../units.ts'

/** Tasks that one node may run at the same time, and kinds of which it may tell. */
export const MAX_TASK_SLOTS = 16
export const MAX_TASK_KINDS = 32

/** A task without a word of it for so long is given to another node; something is said of it at least this often. */
export const TASK_LEASE_MS = 30_000
export const TASK_ALIVE_MS = 10_000

/** How long a task may run: as a rule, and at most (large files). */
export const TASK_LIMIT_MS = 60_000
export const MAX_TASK_LIMIT_MS = 600_000

/** Files of one task. */
export const MAX_TASK_FILES = 4

/** Largest file that a task reads, and that it writes: a body of more than 100 MB passes no edge. */
export const MAX_TASK_INPUT_BYTES = 100 * MIB
export const MAX_TASK_OUTPUT_BYTES = 95 * MIB

/** Pages of one file whose pictures are read. */
export const MAX_OCR_PAGES = 50

/** Dimensions of fitted vectors. */
export const MAX_FIT_DIMENSIONS = 512

/** The kinds that this version knows. A node may tell of others: nobody asks it for them. */
export const TASK_KINDS = ['extract', 'ocr', 'fit'] as const
export const TaskKind = z.enum(TASK_KINDS)
export type TaskKind = z.infer<typeof TaskKind>

/** The options of each kind; PROTOCOL.md §11 says what it reads and writes. */
export const TaskWork = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('extract'), options: z.object({ format: z.enum(['pdf', 'docx']) }) }),
  z.object({
    kind: z.literal('ocr'),
    options: z.object({ pages: z.array(z.int().min(1).max(MAX_PAGES)).min(1).max(MAX_OCR_PAGES) }),
  }),
  z.object({
    kind: z.literal('fit'),
    options: z.object({
      dimensions: z.int().min(1).max(MAX_FIT_DIMENSIONS),
      /** Of the numbers of `terms` and `rows`. */
      precision: z.enum(['float16', 'float32']),
      seed: z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    }),
  }),
])
export type TaskWork = z.infer<typeof TaskWork>

/** A node's skill at tasks. */
export const TaskOffer = z.object({
  kinds: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/)).max(MAX_TASK_KINDS),
  /** Tasks at the same time, beside calls and jobs. */
  slots: z.int().positive().max(MAX_TASK_SLOTS),
})
export type TaskOffer = z.infer<typeof TaskOffer>

/**
 * Why a task failed because of what it was to read: another node would fail the same way. Each comes with a sentence that a
 * person understands.
 */
export const FILE_FAULTS = [
  /** It needs a password. */
  'encrypted',
  /** It ends too early, or is not of its format. */
  'damaged',
  'too_many_pages',
  /** An archive that unpacks beyond what is allowed. */
  'archive_too_large',
  /** More text, or more numbers, than one result may have. */
  'output_too_large',
  'time_limit',
  'memory_limit',
] as const
export type FileFault = (typeof FILE_FAULTS)[number]
export const isFileFault = (code: string): code is FileFault => FILE_FAULTS.some((known) => known === code)

/** Why a task failed because of the node: another one may do it. */
export const NODE_FAULTS = [
  /** The process that ran it ended by itself. */
  'died',
  /** Its files could not be fetched or stored. */
  'bytes',
  /** The node goes, or all its slots are taken: it was not tried. */
  'no_slot',
] as const
export type NodeFault = (typeof NODE_FAULTS)[number]

const Sentence = z.string().max(1_000)
const Count = z.int().nonnegative()
const FileName = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/)

/** Which try at which task something is about. */
export const TaskKey = {
  taskId: z.string().min(1).max(64),
  /** Counts up with each node that is given the task: what an older one says or sends changes nothing. */
  attempt: z.int().positive(),
}

/** Behind `BYTES_PATH/`. */
const ByteToken = z.string().min(1).max(2_000)

/** Figures of a task that is done. */
export const TaskFigures = z.object({
  /** Pages that were read, and those of them without usable text. */
  pages: Count.optional(),
  unusablePages: Count.optional(),
  characters: Count.optional(),
  /** How long its process ran, and the most memory that it had. */
  processMs: Count.optional(),
  peakMiB: Count.optional(),
})
export type TaskFigures = z.infer<typeof TaskFigures>

/** Edge → node. */
export const taskCommands = [
  z.object({
    type: z.literal('task.start'),
    ...TaskKey,
    work: TaskWork,
    inputs: z
      .array(
        z.object({ name: FileName, bytes: z.int().positive().max(MAX_TASK_INPUT_BYTES), token: ByteToken }),
      )
      .min(1)
      .max(MAX_TASK_FILES),
    outputs: z
      .array(
        z.object({
          name: FileName,
          maxBytes: z.int().positive().max(MAX_TASK_OUTPUT_BYTES),
          token: ByteToken,
        }),
      )
      .min(1)
      .max(MAX_TASK_FILES),
    limitMs: z.int().positive().max(MAX_TASK_LIMIT_MS),
  }),
  z.object({ type: z.literal('task.cancel'), ...TaskKey }),
] as const

/** Node → edge. */
export const taskEvents = [
  /** It goes on; of how much so much is done, where that is known. */
  z.object({ type: z.literal('task.progress'), ...TaskKey, done: Count.optional(), total: Count.optional() }),
  /** Its outputs are stored, as many bytes of each. */
  z.object({
    type: z.literal('task.end'),
    ...TaskKey,
    outputs: z
      .array(z.object({ name: FileName, bytes: Count.max(MAX_TASK_OUTPUT_BYTES) }))
      .max(MAX_TASK_FILES),
    figures: TaskFigures,
  }),
  /** A code of `FILE_FAULTS` or `NODE_FAULTS`; one that is neither is taken for `died`. */
  z.object({
    type: z.literal('task.error'),
    ...TaskKey,
    code: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/),
    message: Sentence,
  }),
] as const
