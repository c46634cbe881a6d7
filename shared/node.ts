import { z } from 'zod'
import { Sha256 } from './sha256.ts'
import { ErrandOffer } from './tasks/errands.ts'
import { TaskOffer } from './tasks/tasks.ts'
import { Precision, TrainingOffer } from './training-offer.ts'

/** Models that one node may report. */
export const MAX_MODELS = 256

/** A kind of request that a model can take. Encoder-only models embed and do not generate. */
export const Capability = z.enum(['generate', 'embed'])
export type Capability = z.infer<typeof Capability>

/** Where a model is: ready in memory, or on disk and loaded when it is first asked for. */
export const Residence = z.enum(['loaded', 'loading', 'disk'])
export type Residence = z.infer<typeof Residence>

/** The highest price of a model, in whatever the deployment counts in. */
export const MAX_PRICE_PER_1K_TOKENS = 1_000_000

/** The price of a thousand tokens of a model, of prompts and answers alike. */
export const PricePer1kTokens = z.number().nonnegative().max(MAX_PRICE_PER_1K_TOKENS)

/** LoRA adapters that one node may report, over all its models. */
export const MAX_ADAPTERS = 256

/** An adapter's name behind the id of its model. Without a colon, so that it begins at the last one. */
export const AdapterSuffix = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, {
  error: 'expected up to 64 letters, digits, dots, dashes and underscores, the first a letter or digit',
})

/** A LoRA adapter that a node can serve with one of its models: as the model `<model>:<suffix>`. */
export const AdapterHolding = z.object({
  suffix: AdapterSuffix,
  /** When the file was made, epoch ms. */
  createdAt: z.int().nonnegative(),
  /** Whether there is a context with it in memory. Absent: there is. */
  residence: Residence.optional(),
  /** Of its file. Absent: not told. */
  sha256: Sha256.optional(),
  /** Absent: that of its model. */
  pricePer1kTokens: PricePer1kTokens.optional(),
})
export type AdapterHolding = z.infer<typeof AdapterHolding>

/**
 * Longest id of a model, and its characters: a file's name, `hf:` names of a hub (`repository:QUANT`), paths (`team/model`).
 * Without `#`, which the edge puts between a model and what is counted of it.
 */
export const MAX_MODEL_ID_LENGTH = 200
export const ModelId = z
  .string()
  .max(MAX_MODEL_ID_LENGTH, { error: `expected at most ${MAX_MODEL_ID_LENGTH} characters` })
  .regex(/^[A-Za-z0-9](?:[\w.:/+=@~() -]*[\w.:/+=@~()-])?$/, {
    error:
      'expected a model id of letters, digits, blanks and any of ._:/+=@~()-, the first a letter or digit',
  })

/** Longest name by which a caller can ask for a model: of one that was trained on the pool, its base's id and more. */
export const MAX_MODEL_NAME_LENGTH = 256

/** Matrices of a layer that a node may tell of. */
export const MAX_LAYER_MATRICES = 32

/** The matrices of a model's layers, which are alike in each: as a GGUF file names and stores them. */
export const ModelShape = z.object({
  layers: z.int().positive().max(10_000),
  matrices: z
    .array(z.object({ name: z.string().max(64), inputs: z.int().positive(), outputs: z.int().positive() }))
    .min(1)
    .max(MAX_LAYER_MATRICES),
})
export type ModelShape = z.infer<typeof ModelShape>

/** Longest words that a model is to see before a text. */
export const MAX_PREFIX_LENGTH = 500

/** How a model that is made for embeddings makes one vector of a text's; `declared`: its operator says that it is made for it. */
export const EmbeddingOffer = z.object({
  pooling: z.enum(['mean', 'cls', 'last', 'declared']),
  /** Stand before questions and before passages. Absent: what the edge knows of the model's family. */
  queryPrefix: z.string().max(MAX_PREFIX_LENGTH).optional(),
  passagePrefix: z.string().max(MAX_PREFIX_LENGTH).optional(),
})
export type EmbeddingOffer = z.infer<typeof EmbeddingOffer>

/** A model that a node can serve: at once, or after loading it. */
export const ModelHolding = z.object({
  id: ModelId,
  capabilities: z.array(Capability).min(1),
  /** Tokens that one call may use, prompt and answer together. */
  contextTokens: z.int().positive(),
  /** Generations that run at the same time. */
  slots: z.int().positive().max(1_024),
  sizeBytes: z.int().nonnegative(),
  architecture: z.string().max(100),
  /** When the file was made, epoch ms. */
  createdAt: z.int().nonnegative(),
  /** Absent: loaded. */
  residence: Residence.optional(),
  /** Of its file; of one in parts, as `fileHashOf` has it. Absent: not told. */
  sha256: Sha256.optional(),
  /** Their calls are generations, and share the model's slots with its own. Absent: none. */
  adapters: z.array(AdapterHolding).max(MAX_ADAPTERS).optional(),
  /** Absent: the node's operator has named none. */
  pricePer1kTokens: PricePer1kTokens.optional(),
  /** Absent: it is not made for embeddings, though it may make some. Libraries are embedded with models that are. */
  embedding: EmbeddingOffer.optional(),
  /** Its file is made to rank: it says of a question and a passage how well the one answers the other. Absent: it is not. */
  ranks: z.literal(true).optional(),
  /** How its file keeps the weights, for those who want to train it. Absent: nothing is said of it. */
  precision: Precision.optional(),
  /** For those who check adapters of it. Absent: its layers differ, or nothing is said of them. */
  shape: ModelShape.optional(),
})
export type ModelHolding = z.infer<typeof ModelHolding>

/** The id of a model with an adapter. */
export const adapterModelId = (model: string, suffix: string): string => `${model}:${suffix}`

/**
 * The suffix under which nodes know an adapter that was trained on the pool, by the id of its row. Callers have other names
 * for it: no operator gives a suffix of this form, and no caller's name of it is taken.
 */
export const tunedSuffix = (id: string): string => `ft-${id}`

const TUNED_SUFFIX = /^ft-([0-9a-f]{24})$/
const TUNED_NAME = /^(.+):ft-[0-9a-f]{24}$/

/** The id behind such a suffix; undefined for every other one. */
export const tunedIdOf = (suffix: string): string | undefined => TUNED_SUFFIX.exec(suffix)?.[1]

/** The model of which a name like `<model>:ft-…` is one with such an adapter; undefined for every other name. */
export const tunedBaseOf = (name: string): string | undefined => TUNED_NAME.exec(name)?.[1]

/** The ids under which callers can name a model: its own, and one for each of its adapters. */
export const servedIds = ({ id, adapters = [] }: ModelHolding): string[] => [
  id,
  ...adapters.map(({ suffix }) => adapterModelId(id, suffix)),
]

/** A name that a node would serve, with the model behind it and the hash of its file. */
export interface Claim {
  id: string
  /** Of an adapter, the model that it is for; otherwise `id`. */
  model: string
  sha256: string | null
}

/** The names that a node would serve with these models. Adapters that were trained on the pool are the edge's own to give. */
export const claimsOf = (models: readonly ModelHolding[]): Claim[] =>
  models.flatMap(({ id, sha256 = null, adapters = [] }) => [
    { id, model: id, sha256 },
    ...adapters.flatMap((adapter) =>
      tunedIdOf(adapter.suffix) === undefined
        ? { id: adapterModelId(id, adapter.suffix), model: id, sha256: adapter.sha256 ?? null }
        : [],
    ),
  ])

/** The models of one node: no two that callers would name alike, and adapters over all of them that one node may have. */
export const ModelHoldings = z
  .array(ModelHolding)
  .max(MAX_MODELS)
  .superRefine((models, { addIssue }) => {
    const count = models.reduce((sum, { adapters = [] }) => sum + adapters.length, 0)
    if (count > MAX_ADAPTERS) {
      addIssue({ code: 'custom', message: `expected at most ${MAX_ADAPTERS} adapters over all models` })
    }
    const ids = models.flatMap(servedIds)
    if (new Set(ids).size < ids.length) {
      const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
      addIssue({ code: 'custom', message: `"${repeated}" is named twice` })
    }
  })

/** The adapter that `model` names beside the id of this holding; undefined where it names none of them. */
export const adapterNamed = ({ id, adapters }: ModelHolding, model: string): AdapterHolding | undefined =>
  adapters && model.startsWith(id)
    ? adapters.find(({ suffix }) => adapterModelId(id, suffix) === model)
    : undefined

export const Gpu = z.object({ name: z.string().max(200), vramMiB: z.int().nonnegative() })

export const Hardware = z.object({
  os: z.string().max(100),
  arch: z.string().max(50),
  cpu: z.string().max(200),
  cores: z.int().positive(),
  memoryMiB: z.int().positive(),
  gpus: z.array(Gpu).max(64),
})
export type Hardware = z.infer<typeof Hardware>

/** Where nodes stand together: a continent, or what an operator calls it. */
export const Region = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, {
  error: 'expected up to 32 lower-case letters, digits and dashes, the first no dash',
})

/** The region of nodes and callers of whom none is known. */
export const DEFAULT_REGION = 'default'

/** A node's introduction: what it is and what it holds. */
export const NodeHello = z.object({
  name: z.string().min(1).max(100),
  version: z.string().max(50),
  hardware: Hardware,
  models: ModelHoldings,
  /** Absent: the continent from which the node dials. */
  region: Region.optional(),
  /** Absent: it trains nothing. */
  training: TrainingOffer.optional(),
  /** Absent: it runs no tasks. */
  tasks: TaskOffer.optional(),
  /** Absent: it does no errands. */
  errands: ErrandOffer.optional(),
  /** It fetches adapters that it does not hold, for calls that bring them along. */
  fetchesAdapters: z.boolean().optional(),
})
export type NodeHello = z.infer<typeof NodeHello>

/** A node's measured load. Null where the machine cannot say. */
export const NodeGauge = z.object({
  /** Resident memory of the node and its engines. */
  rssMiB: z.int().nonnegative().nullable(),
  vramUsedMiB: z.int().nonnegative().nullable(),
  vramTotalMiB: z.int().nonnegative().nullable(),
  /** Tokens generated over the last five seconds, a second. */
  tokensPerSecond: z.number().nonnegative().nullable(),
})
export type NodeGauge = z.infer<typeof NodeGauge>
