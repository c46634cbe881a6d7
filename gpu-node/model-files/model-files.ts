import { createHash, hash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import { Sha256 } from '../../shared/sha256.ts'
import { fileHashOf } from '../../shared/training.ts'
import { MIB } from '../../shared/units.ts'
import { askHub, type HubHash } from './hub-hashes.ts'
import { partsOf } from './parts.ts'

/** A file as it was when all of it was read. */
const FileRecord = z.object({
  sizeBytes: z.int().nonnegative(),
  modifiedAt: z.number(),
  sha256: Sha256,
  /** Its hub's answer: the same hash, or none. Absent: it was not asked, or did not answer. */
  hub: z.enum(['same', 'untold']).optional(),
})
type FileRecord = z.infer<typeof FileRecord>

const Manifest = z.record(z.string(), FileRecord)

export interface ModelFile {
  /** Of a model in parts, the first one. */
  path: string
  /** The hash that the operator has given for it. */
  sha256?: string | undefined
  /** Where it was downloaded from, as `hf:user/repo/file.gguf`: without a hash of the operator's, the hub's one counts. */
  hubUri?: string | undefined
}

export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const reading = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: MIB }), reading, { signal })
  return reading.digest('hex')
}

type FileState = Pick<FileRecord, 'sizeBytes' | 'modifiedAt'>

const isSame = (a: FileState, b: FileState): boolean =>
  a.sizeBytes === b.sizeBytes && a.modifiedAt === b.modifiedAt

/**
 * Knows the SHA-256 of model files. A file is read whole when it is first seen and whenever its size or time is not the
 * one in the manifest of the state folder. A file that the operator replaced is taken at the node's next start; one that
 * changes while the node runs, or that is not what the operator pinned, is refused. One that came from a hub is compared
 * once with what the hub says; a hub that cannot be reached holds nothing up and is asked again at the next start.
 */
export class ModelFiles {
  readonly #manifestPath: string
  readonly #log: Logger
  readonly #askHub: typeof askHub
  /** The files that this process has seen: later loads must find the same. */
  readonly #seen = new Map<string, FileRecord>()
  /** Models whose hub did not answer: a load is not held up by it again. */
  readonly #unreachable = new Set<string>()
  #work: Promise<unknown> = Promise.resolve()

  constructor(stateDir: string, log: Logger, ask = askHub) {
    this.#manifestPath = join(stateDir, 'model-hashes.json')
    this.#log = log
    this.#askHub = ask
  }

  /**
   * Before each load. Resolves with the hash of the file; of a model in parts, with the one that `fileHashOf` has of theirs.
   * Rejects with one sentence when it must not be loaded.
   */
  check(file: ModelFile, signal: AbortSignal): Promise<string> {
    const checked = this.#work.then(() => this.#check(file, signal))
    this.#work = checked.catch(() => {}) // the failure is the caller's; the next file is checked anyway
    return checked
  }

  async #check({ path, sha256, hubUri }: ModelFile, signal: AbortSignal): Promise<string> {
    const parts = partsOf(resolve(path))
    if (sha256 !== undefined && parts.length > 1) {
      throw new Error('A hash can only be given for a model in one file.')
    }
    const records = new Map<string, FileRecord>()
    for (const part of parts) {
      const record = await this.#recordOf(part, signal)
      if (sha256 !== undefined && record.sha256 !== sha256) {
        throw new Error(`The model file ${part} is not the one that its hash names: it has ${record.sha256}.`)
      }
      records.set(part, record)
    }
    if (sha256 === undefined && hubUri !== undefined) await this.#compare(records, hubUri, signal)
    return fileHashOf([...records.values()], (digests) => hash('sha256', digests))
  }

  /** The files of one model with what its hub says of them. */
  async #compare(
    records: ReadonlyMap<string, FileRecord>,
    hubUri: string,
    signal: AbortSignal,
  ): Promise<void> {
    const isCompared = [...records.values()].every(({ hub }) => hub !== undefined)
    if (isCompared || this.#unreachable.has(hubUri)) return
    const told = await this.#hashesOf(hubUri, signal)
    if (told === undefined) return
    for (const [index, [path, record]] of [...records].entries()) {
      const sha256 = told[index]
      if (sha256 === undefined) this.#log.info('model.hub_untold', { path, hubUri })
      else if (sha256 !== record.sha256) {
        throw new Error(
          `The model file ${path} is not the one that the hub has for ${hubUri}: it has ${record.sha256} and not ${sha256}; delete it to download it again, or name it by its path to serve it as it is.`,
        )
      }
      await this.#keep(path, { ...record, hub: sha256 === undefined ? 'untold' : 'same' })
    }
  }

  /** Undefined when the hub could not be asked. */
  async #hashesOf(hubUri: string, signal: AbortSignal): Promise<HubHash[] | undefined> {
    try {
      return await this.#askHub(hubUri, { signal })
    } catch (thrown) {
      signal.throwIfAborted()
      const reason = causeOf(thrown)
      this.#unreachable.add(hubUri)
      this.#log.warn('model.hub_unreachable', { hubUri, reason })
      return undefined
    }
  }

  async #recordOf(path: string, signal: AbortSignal): Promise<FileRecord> {
    const { size: sizeBytes, mtimeMs: modifiedAt } = await stat(path).catch((cause) => {
      throw new Error(`The model file ${path} cannot be read.`, { cause })
    })
    const now = { sizeBytes, modifiedAt }
    const seen = this.#seen.get(path)
    if (seen && isSame(seen, now)) return seen
    const known = seen ?? (await this.#readManifest()).get(path)
    if (known && isSame(known, now)) {
      this.#seen.set(path, known)
      return known
    }
    this.#log.info('model.hashing', { path, sizeBytes })
    const sha256 = await hashFile(path, signal)
    const isKnown = known?.sha256 === sha256
    if (seen && !isKnown) {
      throw new Error(
        `The model file ${path} changed while the node was running: start the node again to serve it.`,
      )
    }
    if (known && !isKnown) this.#log.warn('model.changed', { path, sha256 })
    return this.#keep(path, { ...(isKnown && known), ...now, sha256 })
  }

  async #keep(path: string, record: FileRecord): Promise<FileRecord> {
    this.#seen.set(path, record)
    await this.#writeManifest((await this.#readManifest()).set(path, record))
    return record
  }

  async #readManifest(): Promise<Map<string, FileRecord>> {
    try {
      return new Map(Object.entries(Manifest.parse(JSON.parse(await readFile(this.#manifestPath, 'utf8')))))
    } catch {
      return new Map() // missing or damaged: every file is read again
    }
  }

  /** A crash leaves the old manifest or the new one. Without one, files are read again at the next start. */
  async #writeManifest(records: ReadonlyMap<string, FileRecord>): Promise<void> {
    const temporary = `${this.#manifestPath}.${randomUUID()}`
    try {
      await mkdir(dirname(this.#manifestPath), { recursive: true, mode: 0o700 })
      await writeFile(temporary, `${JSON.stringify(Object.fromEntries(records), null, 2)}\n`, { mode: 0o600 })
      await rename(temporary, this.#manifestPath)
    } catch (thrown) {
      await rm(temporary, { force: true })
      this.#log.warn('model.manifest_unwritable', {
        reason: causeOf(thrown),
      })
    }
  }
}
