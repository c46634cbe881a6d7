import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Llama, LlamaContext, LlamaModel, Token } from 'node-llama-cpp'
import { getLlama, LlamaLogLevel, LlamaVocabularyType } from 'node-llama-cpp'
import type { ModelHolding } from '../../../shared/node.ts'
import { MIB } from '../../../shared/units.ts'
import { embeddingOf, ranksOf } from '../../model-files/pooling.ts'
import { precisionOf } from '../../model-files/precision.ts'
import { shapeOf } from '../../model-files/shape.ts'
import type { Ranker, VectorSource } from '../decode/embedder.ts'
import { PREFILL_TOKENS_BESIDE_STREAMS } from '../decode/lockstep.ts'
import { PREFILL_TOKENS } from '../decode/prefill-pace.ts'
import type { LoadMessage } from '../messages.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { NativeGrammars } from './grammars.ts'
import { releaseAdapter } from './internals.ts'
import { NativeSequence } from './sequence.ts'
import { Speculation } from './speculation.ts'
import { createVocabulary } from './vocabulary.ts'

/** Slots of a model when nobody says how many. */
export const DEFAULT_SLOTS = 4

/** Context of a call when nobody says how long: many models are trained for more than a slot's memory allows. */
export const DEFAULT_CONTEXT_TOKENS = 4_096

/** As many sequences, each as long, as the model itself has. */
export interface NativeContext {
  readonly sequences: readonly NativeSequence[]
  /** Not while a sequence is in use. */
  dispose(): Promise<void>
}

/** A loaded model. Apart from its helpers, the only file that touches llama.cpp. */
export interface NativeModel {
  readonly holding: ModelHolding
  readonly vocabulary: Vocabulary
  /** Empty for a model that only embeds. */
  readonly sequences: readonly NativeSequence[]
  /** The same with a LoRA adapter, in a context of its own on the same weights. Throws what the library throws. */
  openAdapter(path: string): Promise<NativeContext>
  openVectors(): Promise<VectorSource>
  /** Of a model that ranks. */
  openRanker(): Promise<Ranker>
  /** Null where there is no GPU. */
  vram(): Promise<{ used: number; total: number } | null>
  dispose(): Promise<void>
}

/** A model that cannot look at later tokens only is an encoder: it embeds and does not generate. */
const isEncoder = (model: LlamaModel): boolean => {
  const { attention } = model.fileInfo.architectureMetadata
  return attention?.causal === false
}

async function openGpu({ gpu, threads }: LoadMessage, onNote: (text: string) => void): Promise<Llama> {
  return getLlama({
    gpu,
    build: 'never',
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    logger: (_level, text) => onNote(text.trim()),
    // Without it the library takes all cores, also those that are busy: measured 3,000 times slower.
    maxThreads: threads,
  })
}

/** The options that all contexts of a model share. */
function contextOptions({ model: spec, threads }: LoadMessage) {
  const sequences = spec.slots ?? DEFAULT_SLOTS
  const batchSize = Math.max(PREFILL_TOKENS, PREFILL_TOKENS_BESIDE_STREAMS + sequences)
  return { sequences, batchSize, threads: { ideal: threads, min: threads } }
}

async function openContext(model: LlamaModel, load: LoadMessage): Promise<LlamaContext> {
  const { contextTokens } = load.model
  const wanted = Math.min(contextTokens ?? DEFAULT_CONTEXT_TOKENS, model.trainContextSize)
  return model.createContext({
    ...contextOptions(load),
    // A length that was asked for is given or refused; a default may shrink to what memory allows.
    contextSize: contextTokens === undefined ? { max: wanted } : wanted,
  })
}

interface AdapterContextOptions {
  load: LoadMessage
  contextSize: number
  path: string
  grammars: NativeGrammars
}

async function openAdapter(model: LlamaModel, options: AdapterContextOptions): Promise<NativeContext> {
  const { load, contextSize, grammars } = options
  const path = resolve(options.path)
  const created = model.createContext({
    ...contextOptions(load),
    contextSize,
    lora: { adapters: [{ filePath: path }] },
    failedCreationRemedy: false, // which is a smaller context
  })
  const context = await created.catch(async (thrown) => {
    await releaseAdapter(model, path, 0)
    throw thrown
  })
  return {
    sequences: sequencesOf(context, grammars, load),
    async dispose() {
      await context.dispose()
      await releaseAdapter(model, path, 1)
    },
  }
}

function sequencesOf(
  context: LlamaContext,
  grammars: NativeGrammars,
  { model }: LoadMessage,
): NativeSequence[] {
  const speculation = model.speculation === 'off' ? undefined : new Speculation()
  return Array.from(
    { length: context.totalSequences },
    () => new NativeSequence({ sequence: context.getSequence(), grammars, speculation }),
  )
}

/**
 * Pooling over a whole input needs it in one batch; where the last token stands for the input, batches may follow
 * one another.
 */
async function openVectors(model: LlamaModel, contextTokens: number, threads: number): Promise<VectorSource> {
  const poolsWhole = isEncoder(model) || Boolean(model.fileInfo.architectureMetadata.pooling_type)
  const contextSize = contextTokens + 1 // the library never fills the last place
  const context = await model.createEmbeddingContext({
    contextSize,
    batchSize: poolsWhole ? contextSize : Math.min(PREFILL_TOKENS, contextSize),
    threads,
  })
  const { tokens } = model
  const isWordPiece = model.vocabularyType === LlamaVocabularyType.wpm
  const isUnigram = model.vocabularyType === LlamaVocabularyType.ugm
  const first = isWordPiece || (tokens.shouldPrependBosToken && !isUnigram) ? tokens.bos : null
  const last = isWordPiece ? tokens.sep : isUnigram || tokens.shouldAppendEosToken ? tokens.eos : null
  return {
    // As the library does it inside, so that the tokens can be counted before they are computed.
    prepare: (input) => [
      ...(first !== null && input[0] !== first ? [first] : []),
      ...input,
      ...(last !== null && input.at(-1) !== last ? [last] : []),
    ],
    // Checked against the vocabulary before, so these numbers are tokens.
    vectorOf: async (input) => (await context.getEmbeddingFor(input as Token[])).vector,
  }
}

/** A question and a passage are one input, which is pooled whole; of a passage that is too long its best part counts. */
async function openRanker(model: LlamaModel, contextTokens: number, threads: number): Promise<Ranker> {
  const contextSize = contextTokens + 1 // the library never fills the last place
  const context = await model.createRankingContext({ contextSize, batchSize: contextSize, threads })
  return {
    countTokens: (question, passage) => context.calculateInputLength(question, passage),
    scoreOf: (question, passage) => context.rank(question, passage, { onOverflow: 'maxChunk' }),
  }
}

async function holdingOf(load: LoadMessage, model: LlamaModel, contextTokens: number): Promise<ModelHolding> {
  const file = await stat(load.model.path)
  return {
    id: load.model.id,
    capabilities: isEncoder(model) ? ['embed'] : ['generate', 'embed'],
    contextTokens,
    slots: load.model.slots ?? DEFAULT_SLOTS,
    sizeBytes: model.size,
    architecture: String(model.fileInfo.metadata.general.architecture),
    createdAt: Math.trunc(file.mtimeMs),
    precision: precisionOf(model.fileInfo),
    ...embeddingOf(model.fileInfo),
    ...ranksOf(model.fileInfo),
    shape: shapeOf(model.fileInfo),
  }
}

/** Loads a model. Throws what the library throws: a file that is no model, too little memory, no binary. */
export async function loadNativeModel(
  load: LoadMessage,
  onNote: (text: string) => void,
): Promise<NativeModel> {
  const llama = await openGpu(load, onNote)
  const model = await llama.loadModel({ modelPath: load.model.path })
  if (model.fileInsights.hasEncoder && model.fileInsights.hasDecoder) {
    throw new Error('Models with both an encoder and a decoder are not supported.')
  }
  const wanted = load.model.contextTokens ?? DEFAULT_CONTEXT_TOKENS
  const context = isEncoder(model) ? undefined : await openContext(model, load)
  const contextTokens = Math.min(wanted, model.trainContextSize, context?.contextSize ?? wanted)
  const grammars = new NativeGrammars(model)
  return {
    holding: await holdingOf(load, model, contextTokens),
    vocabulary: createVocabulary(model),
    sequences: context ? sequencesOf(context, grammars, load) : [],
    openAdapter: (path) => {
      if (context === undefined) throw new Error('Adapters are for models that generate.')
      return openAdapter(model, { load, contextSize: context.contextSize, path, grammars })
    },
    openRanker: () => openRanker(model, contextTokens, load.threads),
    openVectors: () => openVectors(model, contextTokens, load.threads),
    async vram() {
      if (llama.gpu === false) return null
      const { used, total } = await llama.getVramState()
      return { used: Math.round(used / MIB), total: Math.round(total / MIB) }
    },
    dispose: () => llama.dispose(),
  }
}
