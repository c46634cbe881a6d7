import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { causeOf } from '../../../shared/failure-cause.ts'
import { adapterModelId } from '../../../shared/node.ts'
import { MAX_SAVED_BYTES, SavedPrefixes } from '../decode/saved-prefixes.ts'
import type { AdapterSpec, FromChild, LoadMessage } from '../messages.ts'
import type { NativeContext, NativeModel } from '../native/model.ts'
import type { AdapterContext, ModelCalls } from './model-calls.ts'

/** Bytes of shared beginnings of prompts that one adapter keeps in files: an eighth of what its model may. */
export const MAX_ADAPTER_SAVED_BYTES = MAX_SAVED_BYTES / 8

export interface AdapterContextsOptions {
  load: Pick<LoadMessage, 'scratchDir'>
  model: Pick<NativeModel, 'holding' | 'openAdapter'>
  calls: Pick<ModelCalls, 'openAdapter' | 'closeAdapter'>
  send: (message: FromChild) => void
  /** Before an answer, so that who counts memory has the new figure. */
  reportMemory: () => Promise<void>
}

interface Opened {
  context: NativeContext
  scratchDir: string | undefined
}

/** The contexts of a model's adapters, in its process: made and let go of in the order of asking. */
export class AdapterContexts {
  readonly #options: AdapterContextsOptions
  readonly #opened = new Map<string, Opened>()
  #work: Promise<void> = Promise.resolve()

  constructor(options: AdapterContextsOptions) {
    this.#options = options
  }

  open(adapter: AdapterSpec): void {
    this.#work = this.#work.then(() => this.#open(adapter))
  }

  close(suffix: string): void {
    this.#work = this.#work.then(() => this.#close(suffix))
  }

  /** Resolves when nothing is being made or let go of. */
  settle(): Promise<void> {
    return this.#work
  }

  async #open({ suffix, path }: AdapterSpec): Promise<void> {
    const { load, model, calls, send, reportMemory } = this.#options
    try {
      const scratchDir = load.scratchDir && (await mkdtemp(join(load.scratchDir, 'adapter-')))
      const saved =
        scratchDir === undefined ? undefined : new SavedPrefixes(scratchDir, MAX_ADAPTER_SAVED_BYTES)
      const open = async (): Promise<AdapterContext> => ({
        context: await model.openAdapter(path),
        saved,
      })
      const context = await calls.openAdapter(adapterModelId(model.holding.id, suffix), open)
      this.#opened.set(suffix, { context, scratchDir })
      await reportMemory()
      send({ type: 'adapter.opened', suffix })
    } catch (thrown) {
      const reason = causeOf(thrown)
      send({ type: 'adapter.refused', suffix, reason })
    }
  }

  async #close(suffix: string): Promise<void> {
    const { model, calls, send, reportMemory } = this.#options
    const opened = this.#opened.get(suffix)
    this.#opened.delete(suffix)
    try {
      await calls.closeAdapter(adapterModelId(model.holding.id, suffix))
      await opened?.context.dispose()
      if (opened?.scratchDir !== undefined) await rm(opened.scratchDir, { recursive: true, force: true })
      await reportMemory()
      send({ type: 'adapter.closed', suffix })
    } catch (thrown) {
      const reason = causeOf(thrown)
      send({ type: 'adapter.refused', suffix, reason })
    }
  }
}
