import type { ModelShape } from '../model/shape.ts'
import type { Weight, Weights } from '../model/weights.ts'
import type { Tensor } from './sheet.ts'
import type { Frozen, LowRank, Tape } from './tape.ts'
import type { Value } from './value.ts'

/** The matrices of a layer that low-rank changes can be given to, by the names of GGUF. */
export const LINEAR = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'] as const

/** The same where a family keeps several in one. */
export const FUSED_LINEAR = ['attn_qkv', 'attn_output', 'ffn_up', 'ffn_down'] as const

/** The input of a pass over one window of tokens. */
export interface WindowInput {
  /** I32 [tokens]. */
  tokens: Tensor
  /** I32 [tokens]. */
  positions: Tensor
  /** F32, for each block of queries: 0 where a token is seen, -∞ where not. */
  masks: readonly Tensor[]
  /** The same for layers that see less. */
  windowMasks: readonly Tensor[]
  /** I32: positions whose next token is asked for; those alone go through the output. */
  rows: Tensor
  length: number
}

/** How weights take part in a graph. */
export interface Participation {
  /** All weights are trained, and none is frozen. */
  isFull: boolean
  frozen: (weight: Weight) => Frozen
  lowRank: (name: string) => LowRank | undefined
}

/** A layer's weights. */
type LayerWeights = ReturnType<typeof takeLayer>

/** A model's weights in the places where its graph uses them. */
export interface Places {
  shape: ModelShape
  embeddings: Weight
  output: Weight
  outputNorm: Weight
  factors: Weight | undefined
  layers: readonly LayerWeights[]
}

/** Takes what the graph of this model uses, and refuses a file with tensors that it does not: throws `Untrainable`. */
export function takePlaces(shape: ModelShape, weights: Weights): Places {
  const { width, vocabulary, architecture, rotation } = shape
  const embeddings = weights.take('token_embd.weight', [width, vocabulary])
  const factors = (name: string) =>
    architecture.factors.includes(name)
      ? weights.takeIfThere(`${name}.weight`, [rotation.dimensions / 2])
      : undefined
  const always = factors('rope_freqs')
  const [long, short] = [factors('rope_factors_long'), factors('rope_factors_short')]
  return {
    shape,
    embeddings,
    output: weights.takeIfThere('output.weight', [width, vocabulary]) ?? embeddings,
    outputNorm: weights.take('output_norm.weight', [width]),
    factors: always ?? (shape.takesLongFactors ? long : short),
    layers: Array.from({ length: shape.layers }, (_, layer) => takeLayer(shape, weights, layer)),
  }
}

function takeLayer(shape: ModelShape, weights: Weights, layer: number) {
  const { architecture, width, heads, keyHeads, headSize, feedForward } = shape
  const name = (end: string) => `blk.${layer}.${end}.weight`
  const all = heads * headSize
  const shared = keyHeads * headSize
  const linear = (end: string, inputs: number, outputs: number) => ({
    weight: weights.take(name(end), [inputs, outputs]),
    bias: architecture.biases.includes(end)
      ? weights.takeIfThere(`blk.${layer}.${end}.bias`, [outputs])
      : undefined,
  })
  const norm = (end: string, length: number) => weights.take(name(end), [length])
  return {
    attentionNorm: norm('attn_norm', width),
    attention: architecture.isFused
      ? { fused: linear('attn_qkv', width, all + 2 * shared) }
      : {
          query: linear('attn_q', width, all),
          key: linear('attn_k', width, shared),
          value: linear('attn_v', width, shared),
        },
    headNorms: architecture.normsHeads
      ? { query: norm('attn_q_norm', headSize), key: norm('attn_k_norm', headSize) }
      : undefined,
    attentionOutput: linear('attn_output', all, width),
    attentionPostNorm: architecture.normsOutputs ? norm('post_attention_norm', width) : undefined,
    feedForwardNorm: norm('ffn_norm', width),
    feedForward: architecture.isFused
      ? { fused: linear('ffn_up', width, 2 * feedForward) }
      : { gate: linear('ffn_gate', width, feedForward), up: linear('ffn_up', width, feedForward) },
    down: linear('ffn_down', feedForward, width),
    feedForwardPostNorm: architecture.normsOutputs ? norm('post_ffw_norm', width) : undefined,
  }
}

type Linear = LayerWeights['attentionOutput']

/** Draws a model's forward pass, up to what its output matrix is given. */
export class Transformer {
  readonly #tape: Tape
  readonly #places: Places
  readonly #participation: Participation

  constructor(tape: Tape, places: Places, participation: Participation) {
    this.#tape = tape
    this.#places = places
    this.#participation = participation
  }

  /**
   * The last layer's normed output in the rows that are asked for: behind its attention nobody looks at any other.
   * `recomputes`: layers keep nothing but their input.
   */
  hidden(input: WindowInput, embedded: Value, recomputes: boolean): Value {
    const { layers, outputNorm } = this.#places
    const last = layers.reduce<Value>((value, weights, index) => {
      const asked = (all: Value) => (index === layers.length - 1 ? this.#tape.rows(all, input.rows) : all)
      const draw = (given: Value) => this.#layer(given, weights, index, input, asked)
      return recomputes ? this.#tape.recomputed(value, draw) : draw(value)
    }, embedded)
    return this.#norm(last, outputNorm)
  }

  /** The tokens' embeddings, as the first layer is given them. */
  embedded(tokens: Tensor, lookUp: (table: Tensor, rows: Tensor) => Tensor): Value {
    const { embeddings, shape } = this.#places
    const value = this.#participation.isFull
      ? this.#tape.embedded(embeddings.tensor, tokens)
      : this.#tape.constant(lookUp(embeddings.tensor, tokens))
    return shape.architecture.scalesEmbeddings ? this.#tape.scale(value, Math.sqrt(shape.width)) : value
  }

  /** `asked`: the rows that go on behind the attention, of all. */
  #layer(
    input: Value,
    weights: LayerWeights,
    index: number,
    window: WindowInput,
    asked: (all: Value) => Value,
  ): Value {
    const tape = this.#tape
    const { shape } = this.#places
    const mixed = asked(this.#attention(this.#norm(input, weights.attentionNorm), weights, index, window))
    const attended = this.#linear(mixed, weights.attentionOutput)
    const afterAttention = tape.add(asked(input), this.#normIfThere(attended, weights.attentionPostNorm))
    const normed = this.#norm(afterAttention, weights.feedForwardNorm)
    const { feedForward } = weights
    const [gate, up] =
      'fused' in feedForward
        ? tape.split(this.#linear(normed, feedForward.fused), [shape.feedForward, shape.feedForward])
        : [this.#linear(normed, feedForward.gate), this.#linear(normed, feedForward.up)]
    if (gate === undefined || up === undefined) throw new Error('A split gave fewer parts than asked for.')
    const opened =
      shape.architecture.activation === 'silu' ? tape.siluGated(gate, up) : tape.geluGated(gate, up)
    const out = this.#linear(opened, weights.down)
    return tape.add(afterAttention, this.#normIfThere(out, weights.feedForwardPostNorm))
  }

  #attention(input: Value, weights: LayerWeights, index: number, window: WindowInput): Value {
    const tape = this.#tape
    const { shape, factors } = this.#places
    const { heads, keyHeads, headSize } = shape
    const isWindowed = shape.window?.isWindowed(index) ?? false
    const rotation = isWindowed && shape.window ? shape.window.rotation : shape.rotation
    const rotate = (value: Value) => tape.rotate(value, window.positions, factors?.tensor ?? null, rotation)
    const [query, key, value] = this.#queriesKeysValues(input, weights)
    const byHead = [tape.heads(query, headSize, heads), tape.heads(key, headSize, keyHeads)] as const
    return tape.attention({
      query: rotate(this.#normIfThere(byHead[0], weights.headNorms?.query)),
      key: rotate(this.#normIfThere(byHead[1], weights.headNorms?.key)),
      value: tape.heads(value, headSize, keyHeads),
      masks: isWindowed ? window.windowMasks : window.masks,
      scale: shape.attentionScale,
      heads: { size: headSize, queries: heads, keys: keyHeads, tokens: window.length },
    })
  }

  #queriesKeysValues(input: Value, { attention }: LayerWeights): [Value, Value, Value] {
    if (!('fused' in attention)) {
      return [
        this.#linear(input, attention.query),
        this.#linear(input, attention.key),
        this.#linear(input, attention.value),
      ]
    }
    const { heads, keyHeads, headSize } = this.#places.shape
    const shared = keyHeads * headSize
    const [query, key, value] = this.#tape.split(this.#linear(input, attention.fused), [
      heads * headSize,
      shared,
      shared,
    ])
    if (!query || !key || !value) throw new Error('A split gave fewer parts than asked for.')
    return [query, key, value]
  }

  #linear(input: Value, { weight, bias }: Linear): Value {
    const tape = this.#tape
    const { isFull, frozen, lowRank } = this.#participation
    const plain = isFull ? tape.trained(input, weight.tensor) : tape.frozen(input, frozen(weight))
    const biased = bias === undefined ? plain : tape.bias(plain, bias.tensor, isFull)
    const change = lowRank(weight.name)
    return change === undefined ? biased : tape.lowRank(biased, input, change)
  }

  #norm(input: Value, weight: Weight): Value {
    return this.#tape.rmsNorm(input, weight.tensor, this.#places.shape.epsilon, this.#participation.isFull)
  }

  #normIfThere(input: Value, weight: Weight | undefined): Value {
    return weight === undefined ? input : this.#norm(input, weight)
  }
}
