import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '../../../shared/log.ts'
import { Sha256 } from '../../../shared/sha256.ts'
import { TrainingReport, Validation } from '../../../shared/training.ts'
import { TrainingKey } from '../../../shared/training-offer.ts'
import { HOUR_MS } from '../../../shared/units.ts'
import { hashFile } from '../../model-files/model-files.ts'
import type { OutFile, TrainerEvent } from '../../trainer/messages.ts'
import type { JobKey } from '../job-link.ts'

/** The folder of all that is left behind, in the node's state folder. */
export const LEFT_FOLDER = 'training-left'

/** Steps that nobody has asked for after so long are forgotten: the job is elsewhere, over or gone. */
export const KEPT_FOR_MS = HOUR_MS

/** In place of a checkpoint's hash, for the beginning of a job. */
export const BEGINNING = 'beginning'

const MANIFEST = 'left.json'

type Checkpoint = Extract<TrainerEvent, { type: 'checkpoint' }>
type Completed = Extract<TrainerEvent, { type: 'completed' }>

/** Files of an attempt that the edge does not have yet: its last checkpoint, or its result. Null: it has all. */
export type Unstored = Checkpoint | Completed | null

const LeftFile = z.object({ path: z.string().min(1), bytes: z.int().positive(), sha256: Sha256 })
const Count = z.int().nonnegative()
const Figures = z.object({ loss: z.number(), accuracy: z.number() })
const LeftFiles = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('checkpoint'),
      step: Count,
      trainedTokens: Count,
      figures: Figures.exactOptional(),
      state: LeftFile,
      adapter: LeftFile.nullable(),
      best: z.object({ validation: Validation, file: LeftFile }).nullable(),
    }),
    z.object({
      type: z.literal('completed'),
      step: Count,
      trainedTokens: Count,
      adapter: LeftFile,
      validation: Validation.nullable(),
    }),
  ])
  .nullable()

const Manifest = z.object({
  ...TrainingKey,
  keptAt: z.number(),
  /** The last report that was made, and those that the edge may not have written down. */
  seq: Count,
  reports: z.array(z.object({ seq: z.int().positive(), report: TrainingReport })),
  kept: LeftFiles,
  /** Hashes of the checkpoints that are behind it. */
  follows: z.array(z.union([Sha256, z.literal(BEGINNING)])),
})

/** An attempt that was interrupted when the edge could not be told, with files whose paths are whole again. */
export interface Left extends z.infer<typeof Manifest> {
  folder: string
}

/** An attempt as it is to be left. */
export interface Leaving extends Pick<Left, 'seq' | 'reports' | 'follows'> {
  key: JobKey
  kept: Unstored
}

/** Steps of a job that lie ahead of what the edge has. */
export interface Ahead {
  left: Left
  checkpoint: Checkpoint
}

/** The attempts that a node has left in its state folder, from when it was stopped without a link until the edge has them. */
export class LeftBehind {
  readonly #folder: string
  readonly #log: Logger
  readonly #known = new Map<string, Left>()

  /** Reads what the last life of the node has left. Whatever is old or cannot be read goes. */
  constructor(stateDir: string, log: Logger) {
    this.#folder = join(stateDir, LEFT_FOLDER)
    this.#log = log
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(this.#folder)) this.#read(join(this.#folder, name))
  }

  get all(): Left[] {
    return [...this.#known.values()]
  }

  /** Moves an attempt's files here, and writes down what they are: last, so that all are there when it can be read. */
  async keep({ key, kept, ...words }: Leaving): Promise<void> {
    const folder = await mkdtemp(join(this.#folder, 'job-'))
    const moved = kept && (await inFolder(folder, kept))
    const left = { ...key, keptAt: Date.now(), ...words, kept: moved }
    await writeFile(join(folder, `${MANIFEST}.unfinished`), JSON.stringify(left), { flush: true })
    await rename(join(folder, `${MANIFEST}.unfinished`), join(folder, MANIFEST))
    this.#log.info('training.left', { job: key.jobId, attempt: key.attempt, step: kept?.step ?? null })
  }

  /** The checkpoint of a job that lies ahead of the one with this hash; undefined where there is none. */
  async aheadOf(jobId: string, sha256: string | undefined, signal: AbortSignal): Promise<Ahead | undefined> {
    const left = this.#known.get(jobId)
    if (left?.kept?.type !== 'checkpoint' || !left.follows.some((known) => known === (sha256 ?? BEGINNING)))
      return undefined
    return (await isIntact(left, signal)) ? { left, checkpoint: left.kept } : undefined
  }

  forget({ jobId, folder }: Left): Promise<void> {
    if (this.#known.get(jobId)?.folder === folder) this.#known.delete(jobId)
    return rm(folder, { recursive: true, force: true }).catch(() => {}) // the next life tries it again
  }

  #read(folder: string): void {
    const left = manifestIn(folder)
    const keptMs = left === undefined ? Number.POSITIVE_INFINITY : Date.now() - left.keptAt
    if (left === undefined || keptMs > KEPT_FOR_MS) {
      this.#log.info('training.left_forgotten', { isReadable: left !== undefined })
      rmSync(folder, { recursive: true, force: true })
      return
    }
    const before = this.#known.get(left.jobId)
    const [newer, older] = before && before.attempt > left.attempt ? [before, left] : [left, before]
    if (older) void this.forget(older)
    this.#known.set(newer.jobId, newer)
    // The job that it is of may never come back.
    setTimeout(() => void this.forget(left), KEPT_FOR_MS - keptMs).unref()
  }
}

/** Whether its files have the bytes that were written. */
export async function isIntact({ kept }: Left, signal: AbortSignal): Promise<boolean> {
  const files = kept === null ? [] : filesOf(kept)
  for (const { path, sha256 } of files) {
    if ((await hashFile(path, signal).catch(() => '')) !== sha256) return false
  }
  return true
}

const filesOf = (kept: Checkpoint | Completed): OutFile[] =>
  kept.type === 'completed'
    ? [kept.adapter]
    : [kept.state, kept.adapter, kept.best?.file].flatMap((file) => file ?? [])

/** Moves files to a folder, and answers with their names in it. */
async function inFolder<Kept extends Checkpoint | Completed>(folder: string, kept: Kept): Promise<Kept> {
  const paths = new Set(filesOf(kept).map(({ path }) => path))
  for (const path of paths) await rename(path, join(folder, basename(path)))
  return withFiles(kept, ({ path }) => basename(path))
}

/** The same with other paths. */
function withFiles<Kept extends Checkpoint | Completed>(kept: Kept, pathOf: (file: OutFile) => string): Kept {
  const moved = (file: OutFile): OutFile => ({ ...file, path: pathOf(file) })
  if (kept.type === 'completed') return { ...kept, adapter: moved(kept.adapter) }
  return {
    ...kept,
    state: moved(kept.state),
    adapter: kept.adapter && moved(kept.adapter),
    best: kept.best && { ...kept.best, file: moved(kept.best.file) },
  }
}

function manifestIn(folder: string): Left | undefined {
  try {
    const left = Manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')))
    const kept =
      left.kept &&
      withFiles(left.kept, ({ path: name, bytes }) => {
        const path = join(folder, basename(name))
        if (statSync(path).size !== bytes) throw new RangeError('The file is cut off.')
        return path
      })
    return { ...left, folder, kept }
  } catch {
    return undefined // of a node that was killed while it wrote, or spoilt
  }
}
