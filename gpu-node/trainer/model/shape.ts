import type { Rotation } from '../graph/sheet.ts'
import { ARCHITECTURES, type Architecture } from './architectures.ts'
import { type Metadata, Untrainable } from './metadata.ts'

/** Everything that a model's graph is drawn from, but its weights. */
export interface ModelShape {
  name: string
  architecture: Architecture
  layers: number
  width: number
  heads: number
  /** Heads of keys and values, each for so many of queries. */
  keyHeads: number
  headSize: number
  feedForward: number
  vocabulary: number
  epsilon: number
  rotation: Rotation
  /** Layers that see a window only. */
  window: { tokens: number; isWindowed: (layer: number) => boolean; rotation: Rotation } | undefined
  /** Factors for contexts longer than the model was first made for, where it has two sets. */
  takesLongFactors: boolean
  attentionScale: number
  /** Bound of the logits. */
  logitCap: number | undefined
}

/** Numbers that llama.cpp takes where a file is silent. */
const DEFAULTS = { ropeBase: 10_000, windowRopeBase: 10_000, betaFast: 32, betaSlow: 1 }

/** The largest of Gemma 3, which scales attention by its width. */
const GEMMA3_27B_LAYERS = 62

/** Neighbours, and halves: ggml's numbers. */
const ROTATION_MODES = { neighbours: 0, halves: 2 } as const

/** Reads a model's shape. `contextTokens` is the context it is served with. Throws `Untrainable`, naming the key. */
export function readShape(metadata: Metadata, contextTokens: number): ModelShape {
  const name = metadata.text('general.architecture') ?? ''
  const architecture = ARCHITECTURES.get(name)
  if (architecture === undefined) {
    throw new Untrainable(
      `Models of the architecture "${name}" cannot be trained; these can: ${[...ARCHITECTURES.keys()].join(', ')}.`,
    )
  }
  const key = (end: string) => `${name}.${end}`
  if ((metadata.number(key('expert_count')) ?? 0) > 0)
    throw new Untrainable('Mixtures of experts cannot be trained.')
  if (metadata.boolean(key('attention.causal')) === false)
    throw new Untrainable('A model that only embeds cannot be trained.')
  const width = metadata.requiredCount(key('embedding_length'))
  const heads = metadata.requiredCount(key('attention.head_count'))
  const keyHeads = metadata.count(key('attention.head_count_kv')) ?? heads
  const headSize = metadata.count(key('attention.key_length')) ?? width / heads
  const valueSize = metadata.count(key('attention.value_length')) ?? headSize
  if (!Number.isInteger(headSize) || heads % keyHeads !== 0 || valueSize !== headSize) {
    throw new Untrainable('The model\'s heads do not fit each other: see "attention.head_count".')
  }
  const layers = metadata.requiredCount(key('block_count'))
  const rotation = readRotation(metadata, name, architecture, headSize)
  const shape: ModelShape = {
    name,
    architecture,
    layers,
    width,
    heads,
    keyHeads,
    headSize,
    feedForward: metadata.requiredCount(key('feed_forward_length')),
    vocabulary:
      metadata.count(key('vocab_size')) ?? metadata.list('tokenizer.ggml.tokens')?.length ?? Number.NaN,
    epsilon: metadata.number(key('attention.layer_norm_rms_epsilon')) ?? Number.NaN,
    rotation,
    window: readWindow(metadata, name, architecture, rotation),
    takesLongFactors: contextTokens > rotation.originalContext,
    attentionScale:
      name === 'gemma3' && layers === GEMMA3_27B_LAYERS
        ? 1 / Math.sqrt(Math.floor(width / heads))
        : 1 / Math.sqrt(headSize),
    logitCap: (architecture.capsLogits && metadata.number(key('final_logit_softcapping'))) || undefined,
  }
  if (Number.isNaN(shape.epsilon))
    throw new Untrainable(`The model's file lacks "${key('attention.layer_norm_rms_epsilon')}".`)
  refuseUnknownKeys(metadata, name, architecture)
  return shape
}

function readRotation(
  metadata: Metadata,
  name: string,
  { rotation }: Architecture,
  headSize: number,
): Rotation {
  const key = (end: string) => `${name}.rope.${end}`
  const kind = metadata.text(key('scaling.type')) ?? 'linear'
  if (!['none', 'linear', 'yarn', 'longrope'].includes(kind))
    throw new Untrainable(`Positions scaled by "${kind}" cannot be trained ("${key('scaling.type')}").`)
  const factor = metadata.number(key('scaling.factor')) ?? metadata.number(key('scale_linear')) ?? 0
  const scale = kind === 'none' || factor === 0 ? 1 : 1 / factor
  const own = metadata.number(key('scaling.attn_factor')) ?? 1
  return {
    dimensions: metadata.count(key('dimension_count')) ?? headSize,
    mode: ROTATION_MODES[rotation],
    originalContext:
      metadata.count(key('scaling.original_context_length')) ??
      metadata.requiredCount(`${name}.context_length`),
    base: metadata.number(key('freq_base')) ?? DEFAULTS.ropeBase,
    scale,
    extension: kind === 'yarn' ? 1 : 0,
    attention: own * (kind === 'yarn' ? yarnAttention(scale) : 1),
    betaFast: metadata.number(key('scaling.yarn_beta_fast')) ?? DEFAULTS.betaFast,
    betaSlow: metadata.number(key('scaling.yarn_beta_slow')) ?? DEFAULTS.betaSlow,
  }
}

/** As llama.cpp: YaRN's factor of the attention (arXiv 2309.00071), less the one that ggml's rotation brings by itself. */
function yarnAttention(scale: number): number {
  const factor = 1 / scale
  const wanted = factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1
  return wanted / (1 + 0.1 * Math.log(factor))
}

function readWindow(
  metadata: Metadata,
  name: string,
  { windowPattern }: Architecture,
  rotation: Rotation,
): ModelShape['window'] {
  if (windowPattern === undefined) return undefined
  const tokens = metadata.count(`${name}.attention.sliding_window`)
  const patternKey = `${name}.attention.sliding_window_pattern`
  const base = metadata.number(`${name}.rope.freq_base_swa`) ?? DEFAULTS.windowRopeBase
  if (tokens === undefined) {
    metadata.ignore(patternKey)
    return undefined
  }
  if (metadata.has(patternKey) && metadata.count(patternKey) === undefined)
    throw new Untrainable(`The model's "${patternKey}" is not a whole number above 0.`)
  const every = metadata.count(patternKey) ?? windowPattern
  return {
    tokens,
    isWindowed: (layer) => layer % every < every - 1,
    rotation: { ...rotation, base, scale: 1 },
  }
}

/** Refuses a file with settings that the graph does not follow: it would be trained wrongly in silence. */
function refuseUnknownKeys(metadata: Metadata, name: string, { idleKeys }: Architecture): void {
  const idle = ['context_length', 'rope.scaling.finetuned', 'expert_used_count', ...idleKeys]
  metadata.ignore(...idle.map((end) => `${name}.${end}`))
  const [unknown] = metadata.unused(`${name}.`)
  if (unknown !== undefined)
    throw new Untrainable(`The model's file has "${unknown}", which the trainer does not know how to follow.`)
}
