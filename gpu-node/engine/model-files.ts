import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Logger } from '../../shared/log.ts'

/** A file as it was when all of it was read. */
const FileRecord = z.object({
  sizeBytes: z.int().nonnegative(),
  modifiedAt: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
type FileRecord = z.infer<typeof FileRecord>

const Manifest = z.record(z.string(), FileRecord)

/** The form of a model in parts: the first one names the others. */
const PART = /-00001-of-(\d{5})\.gguf$/

export interface ModelFile {
  /** Of a model in parts, the first one. */
  path: string
  /** What the operator says that the file is. */
  sha256?: string | undefined
}

export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal })
  return hash.digest('hex')
}

export function partsOf(path: string): string[] {
  const count = Number(PART.exec(path)?.[1] ?? 1)
  if (count === 1) return [path]
  const width = '00001'.length
  return Array.from({ length: count }, (_, index) =>
    path.replace(
      PART,
      `-${String(index + 1).padStart(width, '0')}-of-${String(count).padStart(width, '0')}.gguf`,
    ),
  )
}

const isSame = (a: Omit<FileRecord, 'sha256'>, b: Omit<FileRecord, 'sha256'>): boolean =>
  a.sizeBytes === b.sizeBytes && a.modifiedAt === b.modifiedAt

/**
 * Knows the SHA-256 of model files. A file is read whole when it is first seen and whenever its size or time is not the
 * one in the manifest of the state folder. A file that the operator replaced is taken at the node's next start; one that
 * changes while the node runs, or that is not what the operator pinned, is refused.
 */
export class ModelFiles {
  readonly #manifestPath: string
  readonly #log: Logger
  /** What this process has seen: later loads must find the same. */
  readonly #seen = new Map<string, FileRecord>()
  #work: Promise<unknown> = Promise.resolve()

  constructor(stateDir: string, log: Logger) {
    this.#manifestPath = join(stateDir, 'model-hashes.json')
    this.#log = log
  }

  /** Before each load. Rejects with one sentence when the file must not be loaded. */
  check(file: ModelFile, signal: AbortSignal): Promise<void> {
    const checked = this.#work.then(() => this.#check(file, signal))
    this.#work = checked.catch(() => {}) // the failure is the caller's; the next file is checked anyway
    return checked
  }

  async #check({ path, sha256 }: ModelFile, signal: AbortSignal): Promise<void> {
    const parts = partsOf(resolve(path))
    if (sha256 !== undefined && parts.length > 1) {
      throw new Error('A hash can only be given for a model in one file.')
    }
    for (const part of parts) {
      const record = await this.#recordOf(part, signal)
      if (sha256 !== undefined && record.sha256 !== sha256) {
        throw new Error(`The model file ${part} is not the one that its hash names: it has ${record.sha256}.`)
      }
    }
  }

  async #recordOf(path: string, signal: AbortSignal): Promise<FileRecord> {
    const { size: sizeBytes, mtimeMs: modifiedAt } = await stat(path).catch((cause) => {
      throw new Error(`The model file ${path} cannot be read.`, { cause })
    })
    const now = { sizeBytes, modifiedAt }
    const seen = this.#seen.get(path)
    if (seen && isSame(seen, now)) return seen
    const manifest = await this.#readManifest()
    const known = seen ?? manifest[path]
    if (known && isSame(known, now)) {
      this.#seen.set(path, known)
      return known
    }
    this.#log.info('model.hashing', { path, sizeBytes })
    const record: FileRecord = { ...now, sha256: await hashFile(path, signal) }
    if (seen && seen.sha256 !== record.sha256) {
      throw new Error(
        `The model file ${path} changed while the node was running: start the node again to serve it.`,
      )
    }
    if (known && known.sha256 !== record.sha256)
      this.#log.warn('model.changed', { path, sha256: record.sha256 })
    this.#seen.set(path, record)
    await this.#writeManifest({ ...manifest, [path]: record })
    return record
  }

  async #readManifest(): Promise<z.infer<typeof Manifest>> {
    try {
      return Manifest.parse(JSON.parse(await readFile(this.#manifestPath, 'utf8')))
    } catch {
      return {} // missing or damaged: every file is read again
    }
  }

  /** A crash leaves the old manifest or the new one. Without one, files are read again at the next start. */
  async #writeManifest(manifest: z.infer<typeof Manifest>): Promise<void> {
    const temporary = `${this.#manifestPath}.${randomUUID()}`
    try {
      await mkdir(dirname(this.#manifestPath), { recursive: true, mode: 0o700 })
      await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
      await rename(temporary, this.#manifestPath)
    } catch (thrown) {
      await rm(temporary, { force: true })
      this.#log.warn('model.manifest_unwritable', {
        reason: thrown instanceof Error ? thrown.message : 'unknown',
      })
    }
  }
}
