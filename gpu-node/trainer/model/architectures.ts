/** How a family of models computes; what differs between its members stands in their files. */
export interface Architecture {
  /** Which numbers a rotation turns together: neighbours, or the two halves of a head. */
  rotation: 'neighbours' | 'halves'
  activation: 'silu' | 'gelu'
  /** Whether heads are normed before they are rotated. */
  normsHeads: boolean
  /** Whether what comes out of attention and of the feed-forward part is normed before it is added. */
  normsOutputs: boolean
  /** Queries, keys and values are one matrix, and so are gate and up. */
  isFused: boolean
  /** Matrices that may have a bias. */
  biases: readonly string[]
  /** Embeddings are multiplied by the square root of the width. */
  scalesEmbeddings: boolean
  /** Its files may bound the logits. */
  capsLogits: boolean
  /** Every so many layers one sees everything, the others a window; where the file says how wide. */
  windowPattern: number | undefined
  /** Tensors with factors for the rotation's angles that a file may have. */
  factors: readonly string[]
  /** Keys of the file, behind the family's name, that the graph does not need; llama.cpp does not use them either. */
  idleKeys: readonly string[]
}

/** Factors for contexts as long as a model was first made for, and for longer ones. */
const BY_LENGTH = ['rope_factors_short', 'rope_factors_long']

const LLAMA: Architecture = {
  rotation: 'neighbours',
  activation: 'silu',
  normsHeads: false,
  normsOutputs: false,
  isFused: false,
  biases: ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'],
  scalesEmbeddings: false,
  capsLogits: false,
  windowPattern: undefined,
  factors: ['rope_freqs', ...BY_LENGTH],
  idleKeys: ['tensor_data_layout', 'attention.layer_norm_epsilon'],
}

/** By `general.architecture`. Graphs as in llama.cpp's `src/models`. */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ['llama', LLAMA],
  [
    'qwen2',
    {
      ...LLAMA,
      rotation: 'halves',
      biases: ['attn_q', 'attn_k', 'attn_v', 'attn_output'],
      factors: [],
    },
  ],
  ['qwen3', { ...LLAMA, rotation: 'halves', normsHeads: true, biases: [], factors: [] }],
  [
    'gemma3',
    {
      ...LLAMA,
      rotation: 'halves',
      activation: 'gelu',
      normsHeads: true,
      normsOutputs: true,
      biases: [],
      scalesEmbeddings: true,
      capsLogits: true,
      windowPattern: 6,
      factors: [],
    },
  ],
  [
    'phi3',
    {
      ...LLAMA,
      rotation: 'halves',
      isFused: true,
      biases: [],
      factors: BY_LENGTH,
      // Its window is wider than what its files say; llama.cpp leaves it out too.
      idleKeys: ['attention.sliding_window', ...LLAMA.idleKeys],
    },
  ],
])
