import { AppError, toAppError } from '../../../shared/errors.ts'
import type {
  EmbeddingRequest,
  FinishReason,
  GenerationRequest,
  Prompt,
  Usage,
} from '../../../shared/generation.ts'
import { Embedder } from '../decode/embedder.ts'
import { Generation, type GenerationOptions } from '../decode/generation.ts'
import { Lockstep } from '../decode/lockstep.ts'
import type { SavedPrefixes } from '../decode/saved-prefixes.ts'
import { commonLength } from '../decode/sequence.ts'
import { Turns } from '../decode/turns.ts'
import type { EngineCommand } from '../engine.ts'
import { maxWaysFor } from '../grammar/limits.ts'
import type { FromChild } from '../messages.ts'
import type { NativeContext, NativeModel } from '../native/model.ts'
import { answerRoom } from '../text/context-limit.ts'
import { createPromptReader, type PromptReader } from '../text/prompt.ts'
import { type AnswerForm, AnswerForms } from '../tools/answer-forms.ts'
import { FormCompiler } from '../tools/form-compiler.ts'
import { markTokens, withMarks } from '../tools/tool-formats.ts'

type CallEvent = Extract<FromChild, { type: 'event' }>['event']

/** Longest message of a failure; `FailureEvent` of shared/generation.ts allows 2,000. */
const MAX_MESSAGE_LENGTH = 500

/** Generations that may wait until it is known what their answers are held to; as many as a model can have slots. */
const MAX_COMPILING_CALLS = 256

const NO_USAGE: Usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }

export interface ModelCallsOptions {
  model: NativeModel
  saved?: SavedPrefixes | undefined
  emit: (event: CallEvent) => void
  /** From now on nothing is done but to prepare this call; without one, that is over. */
  onPrepare: (callId: string | undefined) => void
  /** For the log: what must not reach a caller. */
  onNote: (note: string, text: string) => void
}

/** The context of an adapter, and where its shared beginnings of prompts go. */
export interface AdapterContext {
  context: NativeContext
  saved: SavedPrefixes | undefined
}

/**
 * Serves the calls of one loaded model and its adapters: commands in, events out. Each adapter has a context of its own with
 * its own slots and caches, since what a slot remembers was computed with one adapter alone. All take turns.
 */
export class ModelCalls {
  readonly #options: ModelCallsOptions
  readonly #reader: PromptReader
  /** By what calls name: the model, and each adapter that is loaded. */
  readonly #locksteps = new Map<string, Lockstep>()
  readonly #turns = new Turns()
  readonly #embedder: Embedder
  readonly #forms: AnswerForms
  readonly #compiler: FormCompiler
  /** Generations that wait until it is known what their answers are held to. */
  readonly #compiling = new Set<string>()
  /** Tokens by which the model announces tool calls, with their text, which an answer's text does not show. */
  readonly #marks: ReadonlyMap<number, string>

  constructor(options: ModelCallsOptions) {
    this.#options = options
    const { model, emit, onNote } = options
    const { id, contextTokens } = model.holding
    this.#reader = createPromptReader({
      vocabulary: model.vocabulary,
      contextTokens,
      onBadTemplate: (reason) => onNote('template_unreadable', reason),
    })
    this.#compiler = new FormCompiler({
      format: this.#reader.toolFormat,
      maxWays: maxWaysFor(model.vocabulary.size),
    })
    this.#forms = new AnswerForms(this.#reader.toolFormat, (asked) => this.#compiler.compile(asked))
    this.#marks = markTokens(this.#reader.toolFormat, model.vocabulary)
    this.#locksteps.set(id, this.#createLockstep(model.sequences, options.saved))
    this.#embedder = new Embedder({
      contextTokens,
      reader: this.#reader,
      countTokens: (text) => model.vocabulary.tokenize(text, 'plain').length,
      turns: this.#turns,
      open: () => model.openVectors(),
      openRanker: model.holding.ranks ? () => model.openRanker() : undefined,
      onVectors: (callId, start, vectors) => emit({ type: 'call.vectors', callId, start, vectors }),
      onEnd: this.#onEnd,
      onFailure: this.#onFailure,
    })
  }

  /** From now on serves the adapter that calls name `id`. `open` has the model to itself meanwhile. */
  async openAdapter(id: string, open: () => Promise<AdapterContext>): Promise<NativeContext> {
    const { context, saved } = await this.#turns.run(open)
    this.#locksteps.set(id, this.#createLockstep(context.sequences, saved))
    return context
  }

  /** Cancels what the adapter's context still runs, and resolves when it can be let go of. */
  async closeAdapter(id: string): Promise<void> {
    const lockstep = this.#locksteps.get(id)
    this.#locksteps.delete(id)
    await lockstep?.close()
  }

  handle(command: EngineCommand): void {
    const { callId } = command
    try {
      switch (command.type) {
        case 'generation.start':
          this.#generate(callId, command.request)
          break
        case 'embedding.start':
          this.#embed(callId, command.request)
          break
        case 'call.cancel':
          if (this.#compiling.delete(callId)) this.#onEnd(callId, 'cancelled', NO_USAGE)
          for (const lockstep of this.#locksteps.values()) lockstep.cancel(callId)
          this.#embedder.cancel(callId)
          break
        default:
          command satisfies never
      }
    } catch (thrown) {
      this.#fail(callId, thrown)
    }
  }

  /** Cancels every call and resolves when the native library is at rest. */
  async close(): Promise<void> {
    for (const callId of this.#compiling) this.handle({ type: 'call.cancel', callId })
    await this.#compiler.close()
    const locksteps = [...this.#locksteps.values()]
    await Promise.all([...locksteps.map((lockstep) => lockstep.close()), this.#embedder.close()])
  }

  readonly #onEnd = (callId: string, finishReason: FinishReason, usage: Usage): void =>
    this.#options.emit({ type: 'call.end', callId, finishReason, usage })

  readonly #onFailure = (callId: string, thrown: unknown): void => this.#fail(callId, thrown)

  #createLockstep(sequences: NativeModel['sequences'], saved: SavedPrefixes | undefined): Lockstep {
    const lockstep: Lockstep = new Lockstep({
      sequences,
      turns: this.#turns,
      saved,
      hasOtherStreams: () =>
        [...this.#locksteps.values()].some((other) => other !== lockstep && other.hasStreams),
      onStep: (step) => this.#options.emit({ type: 'step', step }),
      onEnd: this.#onEnd,
      onFailure: this.#onFailure,
    })
    return lockstep
  }

  #generate(callId: string, request: GenerationRequest): void {
    const { holding } = this.#options.model
    if (!holding.capabilities.includes('generate')) {
      throw new AppError('invalid_request', 'This model only makes embeddings.', { param: 'model' })
    }
    this.#checkTokens(request)
    const form = this.#forms.formOf(request)
    if (form instanceof Promise) this.#await(callId, request, form)
    else this.#prepare(callId, () => this.#begin(callId, request, form))
  }

  /** Says whose work this is, in case that it does not end, or ends the process. */
  #prepare<Made>(callId: string, work: () => Made): Made {
    const { onPrepare } = this.#options
    onPrepare(callId)
    try {
      return work()
    } finally {
      onPrepare(undefined)
    }
  }

  #await(callId: string, request: GenerationRequest, compiling: Promise<AnswerForm>): void {
    if (this.#compiling.size >= MAX_COMPILING_CALLS) {
      compiling.catch(() => {}) // another call waits for it, or nobody does
      throw new AppError('no_capacity', 'This node has too many waiting calls.')
    }
    this.#compiling.add(callId)
    const ifStill = (next: () => void): void => {
      if (!this.#compiling.delete(callId)) return // cancelled meanwhile
      try {
        next()
      } catch (thrown) {
        this.#fail(callId, thrown)
      }
    }
    compiling.then(
      (form) => ifStill(() => this.#prepare(callId, () => this.#begin(callId, request, form))),
      (thrown) => ifStill(() => this.#fail(callId, thrown)),
    )
  }

  #begin(callId: string, request: GenerationRequest, form: AnswerForm): void {
    const { holding, vocabulary } = this.#options.model
    const prompt = this.#reader.tokensOf(request.prompt, request.tools?.definitions)
    const param = request.prompt.kind === 'chat' ? 'messages' : 'prompt'
    const need = { prompt: prompt.length, completion: request.maxTokens }
    const maxTokens = answerRoom(holding.contextTokens, need, param)
    const { isEnd, spellingOf } = vocabulary
    const textOf = form.toolParser ? withMarks(vocabulary.textOf, this.#marks) : vocabulary.textOf
    const { grammar, toolParser } = form
    const tries = form.ways * vocabulary.size
    const cache = { scope: request.cache?.scope, sharedTokens: this.#sharedTokens(request, prompt) }
    const parts = {
      callId,
      prompt,
      maxTokens,
      request,
      textOf,
      isEnd,
      spellingOf,
      grammar,
      toolParser,
      tries,
      ...cache,
    }
    const prepare: GenerationOptions['prepare'] = (work) => this.#prepare(callId, work)
    const ruled = grammar !== undefined && this.#forbidden()
    const generation = new Generation({ ...parts, prepare, ...ruled })
    this.#tellUnenforced(callId, request, form)
    this.#start(request.model, generation)
  }

  #tellUnenforced(callId: string, { tools }: GenerationRequest, { unenforced }: AnswerForm): void {
    if (!tools?.tellUnenforced) return
    this.#options.emit({ type: 'step', step: [[callId, '', [], { unenforced: [...unenforced] }]] })
  }

  /** Tokens of the prompt that say nothing but what an administrator wrote: of the text itself, in a chat of its own. */
  #sharedTokens({ cache, prompt }: GenerationRequest, tokens: readonly number[]): number {
    const [first] = prompt.kind === 'chat' ? prompt.messages : []
    if (cache?.sharedCharacters === undefined || first?.role !== 'system') return 0
    const content = first.content.slice(0, cache.sharedCharacters)
    const alone: Prompt = {
      kind: 'chat',
      messages: [
        { role: 'system', content },
        { role: 'user', content: '' },
      ],
    }
    return commonLength(tokens, this.#reader.tokensOf(alone))
  }

  /** Tokens of which a grammar would see another text than the answer gets. */
  #forbidden(): Pick<GenerationOptions, 'forbidden' | 'forbiddenAfter'> {
    const { controlTokens, overlong } = this.#options.model.vocabulary
    const silent = controlTokens.filter((token) => !this.#marks.has(token))
    return { forbidden: [...silent, ...overlong.always], forbiddenAfter: overlong.after }
  }

  #checkTokens({ logitBias = [], resume = [] }: GenerationRequest): void {
    const biased = logitBias.map(([token]) => token)
    this.#reader.checkTokens(biased, 'logit_bias')
    this.#reader.checkTokens(resume, 'resume')
  }

  #start(model: string, generation: Generation): void {
    const lockstep = this.#locksteps.get(model)
    if (lockstep === undefined) throw new AppError('no_capacity', 'This adapter is not loaded on its node.')
    const { callId, finishReason, usage } = generation
    if (finishReason !== undefined) {
      this.#options.emit({ type: 'call.end', callId, finishReason, usage })
    } else if (!lockstep.start(generation)) {
      throw new AppError('no_capacity', 'This node has too many waiting calls.')
    }
  }

  #embed(callId: string, request: EmbeddingRequest): void {
    if (!this.#embedder.start(callId, request)) {
      throw new AppError('no_capacity', 'This node has too many waiting calls.')
    }
  }

  /**
   * Ends a call that failed. A cause that is not ours to tell, such as a failure of the native library, goes to the log
   * alone.
   */
  #fail(callId: string, thrown: unknown): void {
    const foreseen = toAppError(thrown)
    const error =
      foreseen.code === 'internal'
        ? new AppError('node_failed', 'The node could not compute this call.', { cause: thrown })
        : foreseen
    if (error.cause !== undefined) this.#options.onNote('call_failed', String(error.cause))
    this.#options.emit({
      type: 'call.error',
      callId,
      code: error.code,
      message: error.message.slice(0, MAX_MESSAGE_LENGTH),
      ...(error.param !== undefined && { param: error.param }),
    })
  }
}
