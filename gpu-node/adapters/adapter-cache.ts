import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import { ModelId } from '../../shared/node.ts'
import { hashFile } from '../model-files/model-files.ts'

/** Adapters that one node keeps, however small they are. */
export const MAX_CACHED_ADAPTERS = 128

const Hash = z.string().regex(/^[0-9a-f]{64}$/)

/** An adapter whose file is kept. */
const CachedAdapter = z.object({
  /** As the edge knows it. */
  id: z.string().regex(/^[0-9a-f]{24}$/),
  /** The model that it is an adapter of, … */
  model: ModelId,
  /** … as its file was when the shapes were compared. */
  modelFile: z.object({ sizeBytes: z.int().nonnegative(), modifiedAt: z.number() }),
  /** The file's hash as the edge tells it, by which the file is called. */
  sha256: Hash,
  /** Of its content, for the check before each load. */
  contentSha256: Hash,
  bytes: z.int().nonnegative(),
  createdAt: z.int().nonnegative(),
  needMiB: z.int().positive(),
  /** When a call last named it, epoch ms. */
  usedAt: z.number(),
})
export type CachedAdapter = z.infer<typeof CachedAdapter>

const Index = z.array(CachedAdapter)

export interface AdapterCacheOptions {
  /** Its own; made when it is missing. What is found there and not in the index is deleted. */
  folder: string
  limitBytes: number
  maxAdapters?: number
  log: Logger
  now?: () => number
}

/** Room that is held for a file while it is fetched. */
export interface HeldRoom {
  /** Where the file is to be written. */
  readonly path: string
  /** The file is whole and checked: it is kept, under the name of its hash. */
  keep(adapter: CachedAdapter): Promise<void>
  /** It is not: nothing of it stays. */
  release(): Promise<void>
}

/** The file of an adapter is not the one that was fetched: throws one sentence. */
export async function checkContent(path: string, sha256: string, signal: AbortSignal): Promise<void> {
  if ((await hashFile(path, signal)) !== sha256)
    throw new Error('The file of the adapter is not the one that was fetched.')
}

/**
 * The files of adapters that were fetched, within a limit, by their hashes; one file may be several adapters'. The index is
 * written when it changes; after a crash it is the one before or the one after.
 */
export class AdapterCache {
  readonly #options: AdapterCacheOptions
  readonly #now: () => number
  readonly #entries = new Map<string, CachedAdapter>()
  /** Bytes that are held for files on their way, by their paths. */
  readonly #held = new Map<string, number>()
  #changes: Promise<void> = Promise.resolve()

  private constructor(options: AdapterCacheOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Reads what an earlier run has left. Never rejects: what cannot be read is fetched again. */
  static async open(options: AdapterCacheOptions): Promise<AdapterCache> {
    const cache = new AdapterCache(options)
    try {
      await cache.#read()
    } catch (thrown) {
      options.log.warn('adapter.cache_unreadable', { reason: causeOf(thrown) })
    }
    return cache
  }

  get entries(): readonly CachedAdapter[] {
    return [...this.#entries.values()]
  }

  get bytes(): number {
    const files = new Map(this.entries.map(({ sha256, bytes }) => [sha256, bytes]))
    return [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  pathOf = ({ sha256 }: Pick<CachedAdapter, 'sha256'>): string => join(this.#options.folder, `${sha256}.gguf`)

  find(id: string): CachedAdapter | undefined {
    return this.#entries.get(id)
  }

  /** A call has named it. */
  touch(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.usedAt = this.#now()
  }

  /**
   * Those that have to go for a file of this size, the longest unused first; undefined where even without all that may go there
   * is no room.
   */
  victimsFor(bytes: number, mayGo: (entry: CachedAdapter) => boolean): CachedAdapter[] | undefined {
    const { limitBytes, maxAdapters = MAX_CACHED_ADAPTERS } = this.#options
    const held = [...this.#held.values()].reduce((sum, each) => sum + each, bytes)
    const left = new Set(this.entries)
    const fits = (): boolean => {
      const files = new Map([...left].map((entry) => [entry.sha256, entry.bytes]))
      const taken = [...files.values()].reduce((sum, each) => sum + each, held)
      return taken <= limitBytes && left.size + this.#held.size + 1 <= maxAdapters
    }
    const victims: CachedAdapter[] = []
    for (const entry of this.entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (fits()) break
      if (!mayGo(entry)) continue
      left.delete(entry)
      victims.push(entry)
    }
    return fits() ? victims : undefined
  }

  /** Holds room for a file; whoever asks has made it. */
  hold(bytes: number): HeldRoom {
    const path = join(this.#options.folder, `${randomUUID()}.part`)
    this.#held.set(path, bytes)
    return {
      path,
      keep: async (adapter) => {
        await this.#inTurn(() => rename(path, this.pathOf(adapter)))
        this.#held.delete(path)
        await this.add(adapter)
      },
      release: async () => {
        await rm(path, { force: true })
        this.#held.delete(path)
      },
    }
  }

  /** An adapter whose file is here, perhaps as another one's. */
  add(adapter: CachedAdapter): Promise<void> {
    this.#entries.set(adapter.id, adapter)
    return this.save()
  }

  /** Forgets an adapter, and its file unless it is another one's too. */
  async drop(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    await this.#inTurn(async () => {
      const isShared = this.entries.some(({ sha256 }) => sha256 === entry.sha256)
      if (!isShared) await rm(this.pathOf(entry), { force: true })
    })
    await this.save()
  }

  /** Writes the index. Never rejects: without it, files are fetched again. */
  save(): Promise<void> {
    return this.#inTurn(() => this.#write())
  }

  /** One change of the folder after the other: a file that is let go of may be fetched again at once. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(change)
    this.#changes = done.catch(() => {}) // the failure is the asker's
    return done
  }

  get #indexPath(): string {
    return join(this.#options.folder, 'index.json')
  }

  async #read(): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const text = await readFile(this.#indexPath, 'utf8').catch(() => '[]')
    const parsed = Index.safeParse(JSON.parse(text))
    for (const entry of parsed.data ?? []) {
      const found = await stat(this.pathOf(entry)).catch(() => undefined)
      if (found?.size === entry.bytes) this.#entries.set(entry.id, entry)
    }
    const kept = new Set(this.entries.map((entry) => basename(this.pathOf(entry))))
    for (const name of await readdir(folder)) {
      const isOurs = /\.(gguf|part)$|^index\.json\./.test(name)
      if (isOurs && !kept.has(name)) await rm(join(folder, name), { force: true })
    }
  }

  async #write(): Promise<void> {
    const temporary = `${this.#indexPath}.${randomUUID()}`
    try {
      await writeFile(temporary, JSON.stringify(this.entries), { mode: 0o600 })
      await rename(temporary, this.#indexPath)
    } catch (thrown) {
      await rm(temporary, { force: true })
      this.#options.log.warn('adapter.index_unwritable', { reason: causeOf(thrown) })
    }
  }
}
