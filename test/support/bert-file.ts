import { type MetadataValue, type Tensor, writeGguf } from '../../gpu-node/model-files/gguf-writer.ts'

/** llama.cpp's numbers of what a model makes of a text: the mean of its tokens, or how well a passage answers a question. */
const POOLINGS = { mean: 1, rank: 4 } as const

// llama.cpp's types of tokens.
const [NORMAL, UNKNOWN, CONTROL] = [1, 2, 3]
const SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]']
const [PADDING, UNKNOWN_WORD, FIRST, BETWEEN] = [0, 1, 2, 3]

const CONTEXT_TOKENS = 512
const HEADS = 2
/** Widths are whole heads of so many numbers. */
const HEAD_WIDTH = 32
/** How sure a ranker is at most: the logarithm of its odds. */
const SURENESS = 3

export interface BertFile {
  pooling: keyof typeof POOLINGS
  /** The words that it knows, those of the same meaning together. Their vectors are the same, and unlike all others'. */
  meanings: readonly (readonly string[])[]
}

const zeros = (count: number) => new Float32Array(count)
const bytesOf = (numbers: Float32Array) => new Uint8Array(numbers.buffer)

/** The width that has two numbers for each meaning. */
const widthOf = (meanings: number): number => {
  const step = HEADS * HEAD_WIDTH
  return Math.ceil((2 * meanings) / step) * step
}

/** A meaning has one number and takes it from another: means of zero pass the norms as they are. */
function rowOf(meaning: number, width: number): Float32Array {
  const row = zeros(width)
  row[2 * meaning] = 1
  row[2 * meaning + 1] = -1
  return row
}

function metadata({ pooling, meanings }: BertFile): Record<string, MetadataValue> {
  const words = meanings.flat()
  const count = (value: number): MetadataValue => ({ type: 'uint32', value })
  return {
    'general.architecture': { type: 'string', value: 'bert' },
    'general.name': { type: 'string', value: 'Knows some words' },
    'general.file_type': count(0),
    'bert.context_length': count(CONTEXT_TOKENS),
    'bert.embedding_length': count(widthOf(meanings.length)),
    'bert.block_count': count(1),
    'bert.feed_forward_length': count(HEAD_WIDTH),
    'bert.attention.head_count': count(HEADS),
    'bert.attention.layer_norm_epsilon': { type: 'float32', value: 1e-12 },
    'bert.attention.causal': { type: 'bool', value: false },
    'bert.pooling_type': count(POOLINGS[pooling]),
    'tokenizer.ggml.model': { type: 'string', value: 'bert' },
    'tokenizer.ggml.token_type_count': count(2),
    'tokenizer.ggml.tokens': { type: 'strings', value: [...SPECIALS, ...words.map((word) => `▁${word}`)] },
    'tokenizer.ggml.token_type': {
      type: 'int32s',
      value: [CONTROL, UNKNOWN, CONTROL, CONTROL, ...words.map(() => NORMAL)],
    },
    'tokenizer.ggml.padding_token_id': count(PADDING),
    'tokenizer.ggml.unknown_token_id': count(UNKNOWN_WORD),
    'tokenizer.ggml.bos_token_id': count(FIRST),
    'tokenizer.ggml.cls_token_id': count(FIRST),
    'tokenizer.ggml.seperator_token_id': count(BETWEEN),
  }
}

function tensors({ pooling, meanings }: BertFile): Tensor[] {
  const width = widthOf(meanings.length)
  const tensor = (name: string, shape: readonly number[], numbers: Float32Array): Tensor => ({
    name,
    shape,
    type: 'F32',
    data: () => bytesOf(numbers),
  })
  const identity = () => {
    const numbers = zeros(width * width)
    for (let at = 0; at < width; at += 1) numbers[at * width + at] = 1
    return numbers
  }
  const matrix = (name: string, inputs: number, outputs: number, numbers = zeros(inputs * outputs)) => [
    tensor(`${name}.weight`, [inputs, outputs], numbers),
    tensor(`${name}.bias`, [outputs], zeros(outputs)),
  ]
  const norm = (name: string) => [
    tensor(`${name}.weight`, [width], zeros(width).fill(1)),
    tensor(`${name}.bias`, [width], zeros(width)),
  ]
  const rows = zeros((SPECIALS.length + meanings.flat().length) * width)
  const meaningOfWord = meanings.flatMap((words, meaning) => words.map(() => meaning))
  for (const [word, meaning] of meaningOfWord.entries())
    rows.set(rowOf(meaning, width), (SPECIALS.length + word) * width)
  // The passages that have a word of the first meaning answer every question.
  const answers = rowOf(0, width).map((value) => value * SURENESS)
  return [
    tensor('token_embd.weight', [width, rows.length / width], rows),
    tensor('token_types.weight', [width, 2], zeros(2 * width)),
    tensor('position_embd.weight', [width, CONTEXT_TOKENS], zeros(CONTEXT_TOKENS * width)),
    ...norm('token_embd_norm'),
    // Queries and keys of zero look at all tokens alike: each gets the mean of all.
    ...matrix('blk.0.attn_q', width, width),
    ...matrix('blk.0.attn_k', width, width),
    ...matrix('blk.0.attn_v', width, width, identity()),
    ...matrix('blk.0.attn_output', width, width, identity()),
    ...norm('blk.0.attn_output_norm'),
    ...matrix('blk.0.ffn_up', width, HEAD_WIDTH),
    ...matrix('blk.0.ffn_down', HEAD_WIDTH, width),
    ...norm('blk.0.layer_output_norm'),
    ...(pooling === 'rank'
      ? [...matrix('cls', width, width, identity()), ...matrix('cls.output', width, 1, answers)]
      : []),
  ]
}

/** Writes a model of BERT's architecture that is made for embeddings, or for ranking, and knows these words alone. */
export const writeBert = (path: string, file: BertFile): Promise<void> =>
  writeGguf(path, metadata(file), tensors(file))
