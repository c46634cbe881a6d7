import type { MetadataValue } from '../../gpu-node/model-files/gguf-writer.ts'
import { SPECIALS, type Vocabulary } from './tokenizer.ts'

/** The sizes of a small Llama. */
export interface Shape {
  layers: number
  width: number
  heads: number
  keyHeads: number
  /** Absent: all heads together are as wide as the model. */
  headSize?: number
  feedForward: number
  vocabulary: number
}

export const headSizeOf = ({ width, heads, headSize = width / heads }: Shape): number => headSize

/** llama.cpp's types of files: of the tensors that most are. */
const FILE_TYPES = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7 } as const

export const ROPE_BASE = 10_000
const EPSILON = 1e-5

/** ChatML. */
const TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

interface Described {
  name: string
  description?: string
  fileType: keyof typeof FILE_TYPES
  /** Tokens for which the model says it was made. */
  contextTokens: number
}

/** The words of a file of a Llama that talks in ChatML about itself. */
export function llamaMetadata(
  shape: Shape,
  { tokens, scores, types }: Vocabulary,
  { name, description, fileType, contextTokens }: Described,
): Record<string, MetadataValue> {
  const count = (value: number): MetadataValue => ({ type: 'uint32', value })
  const special = (text: (typeof SPECIALS)[number]) => count(SPECIALS.indexOf(text))
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: name },
    ...(description !== undefined && { 'general.description': { type: 'string', value: description } }),
    'general.file_type': count(FILE_TYPES[fileType]),
    'llama.vocab_size': count(tokens.length),
    'llama.context_length': count(contextTokens),
    'llama.embedding_length': count(shape.width),
    'llama.block_count': count(shape.layers),
    'llama.feed_forward_length': count(shape.feedForward),
    'llama.attention.head_count': count(shape.heads),
    'llama.attention.head_count_kv': count(shape.keyHeads),
    ...(shape.headSize !== undefined && {
      'llama.attention.key_length': count(shape.headSize),
      'llama.attention.value_length': count(shape.headSize),
    }),
    'llama.rope.dimension_count': count(headSizeOf(shape)),
    'llama.rope.freq_base': { type: 'float32', value: ROPE_BASE },
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: EPSILON },
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.pre': { type: 'string', value: 'default' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'float32s', value: scores },
    'tokenizer.ggml.token_type': { type: 'int32s', value: types },
    'tokenizer.ggml.bos_token_id': special('<|im_start|>'),
    'tokenizer.ggml.eos_token_id': special('<|im_end|>'),
    'tokenizer.ggml.unknown_token_id': special('<unk>'),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    'tokenizer.chat_template': { type: 'string', value: TEMPLATE },
  }
}
