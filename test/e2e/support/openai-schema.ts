import { Ajv } from 'ajv'

/**
 * The demands of OpenAI's published API description on the answers that we give, required-but-null fields included
 * (schemas CreateChatCompletionResponse, CreateChatCompletionStreamResponse, CreateCompletionResponse,
 * CreateEmbeddingResponse, ListModelsResponse, Model, OpenAIFile, Upload, UploadPart). Its optional fields may be absent; its types hold where present.
 */
const text = { type: 'string' }
const int = { type: 'integer' }
const nullableText = { type: ['string', 'null'] }
const finishReason = { enum: ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'] }
const nullableFinishReason = { enum: [...finishReason.enum, null] }
const logprobs = { type: ['object', 'null'] }
const object = (properties: object, required: string[]) => ({ type: 'object', properties, required })
const list = (items: object) => ({ type: 'array', items })

const usage = object(
  {
    prompt_tokens: int,
    completion_tokens: int,
    total_tokens: int,
    prompt_tokens_details: object({ cached_tokens: int, audio_tokens: int }, []),
  },
  ['prompt_tokens', 'completion_tokens', 'total_tokens'],
)

const model = object({ id: text, created: int, object: { const: 'model' }, owned_by: text }, [
  'id',
  'object',
  'created',
  'owned_by',
])

const file = object(
  {
    id: text,
    object: { const: 'file' },
    bytes: int,
    created_at: int,
    expires_at: int,
    filename: text,
    purpose: { enum: ['fine-tune', 'fine-tune-results'] },
    status: { enum: ['uploaded', 'processed', 'error'] },
  },
  ['id', 'object', 'bytes', 'created_at', 'filename', 'purpose', 'status'],
)

export const openAiSchemas = {
  file,
  upload: object(
    {
      id: text,
      object: { const: 'upload' },
      bytes: int,
      created_at: int,
      expires_at: int,
      filename: text,
      purpose: text,
      status: { enum: ['pending', 'completed', 'cancelled', 'expired'] },
      file: { anyOf: [file, { type: 'null' }] },
    },
    ['bytes', 'created_at', 'expires_at', 'filename', 'id', 'purpose', 'status'],
  ),
  uploadPart: object({ id: text, object: { const: 'upload.part' }, created_at: int, upload_id: text }, [
    'created_at',
    'id',
    'object',
    'upload_id',
  ]),
  chatCompletion: object(
    {
      id: text,
      object: { const: 'chat.completion' },
      created: int,
      model: text,
      choices: list(
        object(
          {
            index: int,
            finish_reason: finishReason,
            logprobs,
            message: object({ role: { const: 'assistant' }, content: nullableText, refusal: nullableText }, [
              'role',
              'content',
              'refusal',
            ]),
          },
          ['finish_reason', 'index', 'message', 'logprobs'],
        ),
      ),
      usage,
    },
    ['choices', 'created', 'id', 'model', 'object'],
  ),
  chatCompletionChunk: object(
    {
      id: text,
      object: { const: 'chat.completion.chunk' },
      created: int,
      model: text,
      choices: list(
        object(
          {
            index: int,
            delta: object({ role: { const: 'assistant' }, content: nullableText, refusal: nullableText }, []),
            finish_reason: nullableFinishReason,
            logprobs,
          },
          ['delta', 'finish_reason', 'index'],
        ),
      ),
      usage: { anyOf: [usage, { type: 'null' }] },
    },
    ['choices', 'created', 'id', 'model', 'object'],
  ),
  completion: object(
    {
      id: text,
      object: { const: 'text_completion' },
      created: int,
      model: text,
      choices: list(
        object({ index: int, text, logprobs, finish_reason: nullableFinishReason }, [
          'finish_reason',
          'index',
          'logprobs',
          'text',
        ]),
      ),
      usage: { anyOf: [usage, { type: 'null' }] },
    },
    ['id', 'object', 'created', 'model', 'choices'],
  ),
  embeddings: object(
    {
      object: { const: 'list' },
      model: text,
      data: list(
        object({ index: int, object: { const: 'embedding' }, embedding: list({ type: 'number' }) }, [
          'index',
          'object',
          'embedding',
        ]),
      ),
      usage: object({ prompt_tokens: int, total_tokens: int }, ['prompt_tokens', 'total_tokens']),
    },
    ['object', 'model', 'data', 'usage'],
  ),
  models: object({ object: { const: 'list' }, data: list(model) }, ['object', 'data']),
  model,
} as const

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true })

/** The mistakes of a value, by OpenAI's own schema; empty when it has none. */
export function violations(name: keyof typeof openAiSchemas, value: unknown): string[] {
  const validate = ajv.compile(openAiSchemas[name])
  return validate(value)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}
