import { stat } from 'node:fs/promises'
import { causeOf } from '../../shared/failure-cause.ts'
import type { AdapterTicket } from '../../shared/generation.ts'
import type { Logger } from '../../shared/log.ts'
import { adapterModelId, tunedSuffix } from '../../shared/node.ts'
import type { LlamaEngine } from '../engine/llama.ts'
import { hashFile } from '../model-files/model-files.ts'
import { fetchFile, type TransferOptions } from '../training/byte-transfer.ts'
import type { AdapterCache, CachedAdapter } from './adapter-cache.ts'

/** The engine that serves what is here. */
export type AdapterEngine = Pick<
  LlamaEngine,
  'describeAdapter' | 'addAdapter' | 'removeAdapter' | 'isIdle' | 'models'
>

export interface AdapterStoreOptions {
  engine: AdapterEngine
  cache: AdapterCache
  /** The edge's origin: the only place that files come from. */
  edge: string
  /** The file of a model; undefined for one that is not served here. */
  modelPath: (model: string) => string | undefined
  log: Logger
  wait?: TransferOptions['wait']
}

/** An adapter as nodes know it. */
export interface TunedAdapter {
  id: string
  model: string
}

/** There is no place for it here; elsewhere there may be. */
export class NoRoom extends Error {}

const nameOf = ({ model, id }: TunedAdapter): string => adapterModelId(model, tunedSuffix(id))

/** The adapters that are on this node's disk, each of which its engine serves. */
export class AdapterStore {
  readonly #options: AdapterStoreOptions

  constructor(options: AdapterStoreOptions) {
    this.#options = options
  }

  /** Serves what an earlier run has fetched, as far as the models are the same. Never rejects. */
  async restore(): Promise<void> {
    for (const entry of this.#options.cache.entries) await this.#restore(entry)
  }

  /**
   * Fetches an adapter, checks it and serves it. Rejects with `NoRoom`, what the disk says, or one sentence; then nothing of it
   * is here.
   */
  async bring(adapter: TunedAdapter, ticket: AdapterTicket, signal: AbortSignal): Promise<void> {
    const { cache } = this.#options
    const { file, tokens } = ticket
    if (tokens.length !== file.parts.length) throw new Error('It has not as many addresses as parts.')
    const modelFile = await this.#modelFile(adapter.model)
    const twin = cache.entries.find(({ sha256 }) => sha256 === file.sha256)
    const bytes = twin ? 0 : file.bytes
    await this.#makeRoom(bytes)
    const held = cache.hold(bytes)
    try {
      const path = twin ? cache.pathOf(twin) : held.path
      if (!twin) await this.#download(ticket, path, signal)
      const entry = await this.#check({ ...adapter, modelFile }, ticket, path, signal)
      await (twin ? cache.add(entry) : held.keep(entry))
      const isServed = this.#serve(entry)
      if (!isServed || signal.aborted) await this.drop(adapter.id)
      signal.throwIfAborted()
      if (!isServed) throw new Error('Its model is not served here.')
    } finally {
      await held.release()
    }
  }

  /** An adapter is no more: it leaves memory and disk. */
  async drop(id: string): Promise<void> {
    const { engine, cache } = this.#options
    const entry = cache.find(id)
    if (!entry) return
    // Both at once: whoever asks for it from now on finds neither.
    await Promise.all([engine.removeAdapter(entry.model, tunedSuffix(id)), cache.drop(id)])
  }

  #download({ file, tokens }: AdapterTicket, path: string, signal: AbortSignal): Promise<void> {
    const { edge, wait } = this.#options
    const sign = async (parts: readonly number[]) => parts.map((part) => tokens[part] ?? '')
    return fetchFile(file, path, sign, { edge, signal, wait })
  }

  async #check(
    adapter: TunedAdapter & Pick<CachedAdapter, 'modelFile'>,
    { file: { bytes, sha256 } }: AdapterTicket,
    path: string,
    signal: AbortSignal,
  ): Promise<CachedAdapter> {
    const contentSha256 = await hashFile(path, signal)
    // In a process of its own: a header that is made up can hang or end whoever reads it.
    const spec = { suffix: tunedSuffix(adapter.id), path }
    const { holding, needMiB } = await this.#options.engine.describeAdapter(adapter.model, spec)
    signal.throwIfAborted()
    const { createdAt } = holding
    return { ...adapter, bytes, sha256, contentSha256, createdAt, needMiB, usedAt: Date.now() }
  }

  /** Those that were not used for longest make room, as long as they have no calls. */
  async #makeRoom(bytes: number): Promise<void> {
    const { engine, cache, log } = this.#options
    for (;;) {
      const victims = cache.victimsFor(bytes, (entry) => engine.isIdle(nameOf(entry)))
      if (!victims) throw new NoRoom('The adapters that are in use leave no room for it.')
      // One at a time: calls may name the others meanwhile.
      const [victim] = victims
      if (!victim) return
      log.info('adapter.evicted', { model: nameOf(victim) })
      await this.drop(victim.id)
    }
  }

  #serve(entry: CachedAdapter): boolean {
    const { engine, cache } = this.#options
    const { id, model, contentSha256, createdAt, needMiB } = entry
    const suffix = tunedSuffix(id)
    const adapter = { suffix, path: cache.pathOf(entry), sha256: contentSha256 }
    return engine.addAdapter(model, adapter, { holding: { suffix, createdAt }, needMiB })
  }

  /** Where the model's file is another one since, shapes are compared again; what does not fit is let go. */
  async #restore(entry: CachedAdapter): Promise<void> {
    const { engine, cache, modelPath, log } = this.#options
    const { id, model } = entry
    if (modelPath(model) === undefined) return // it may be served again later
    try {
      const modelFile = await this.#modelFile(model)
      const { sizeBytes, modifiedAt } = entry.modelFile
      if (modelFile.sizeBytes !== sizeBytes || modelFile.modifiedAt !== modifiedAt) {
        const spec = { suffix: tunedSuffix(id), path: cache.pathOf(entry) }
        const { needMiB } = await engine.describeAdapter(model, spec)
        await cache.add({ ...entry, modelFile, needMiB })
      }
      this.#serve(cache.find(id) ?? entry)
    } catch (thrown) {
      log.warn('adapter.dropped', { model: nameOf(entry), reason: causeOf(thrown) })
      await cache.drop(id)
    }
  }

  async #modelFile(model: string): Promise<CachedAdapter['modelFile']> {
    const path = this.#options.modelPath(model)
    if (path === undefined) throw new Error('Its model is not served here.')
    const { size: sizeBytes, mtimeMs: modifiedAt } = await stat(path)
    return { sizeBytes, modifiedAt }
  }
}
