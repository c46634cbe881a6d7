import type {
  Usage as CallUsage,
  FinishReason,
  GenerationRequest,
  Prompt,
} from '../../../shared/generation.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from './schemas/chat.ts'
import {
  type Completion,
  type CompletionChunk,
  type CompletionRequest,
  DEFAULT_COMPLETION_TOKENS,
} from './schemas/completion.ts'
import type { EmbeddingsRequest } from './schemas/embedding.ts'

/**
 * Used where the caller says nothing. Temperature and top_p are OpenAI's; top_k and min_p are llama.cpp's own defaults,
 * which keep small models from the tail of their distribution.
 */
const DEFAULTS = { temperature: 1, topP: 1, topK: 40, minP: 0.05 } as const

const SEED_RANGE = 2 ** 32

type SamplingFields = Pick<
  ChatRequest,
  'temperature' | 'top_p' | 'top_k' | 'min_p' | 'frequency_penalty' | 'presence_penalty' | 'seed' | 'stop'
>

function toSampling(body: SamplingFields, randomSeed: number): Pick<GenerationRequest, 'sampling' | 'stop'> {
  const seed = body.seed ?? randomSeed
  return {
    sampling: {
      temperature: body.temperature ?? DEFAULTS.temperature,
      topP: body.top_p ?? DEFAULTS.topP,
      topK: body.top_k ?? DEFAULTS.topK,
      minP: body.min_p ?? DEFAULTS.minP,
      frequencyPenalty: body.frequency_penalty ?? 0,
      presencePenalty: body.presence_penalty ?? 0,
      // OpenAI takes 64-bit seeds, also negative ones; llama.cpp takes 32 bits.
      seed: ((seed % SEED_RANGE) + SEED_RANGE) % SEED_RANGE,
    },
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
  }
}

type ChatContent = ChatRequest['messages'][number]['content']
const toText = (content: ChatContent): string =>
  typeof content === 'string' ? content : content.map((part) => part.text).join('')

export function toChatGeneration(body: ChatRequest, randomSeed: number): GenerationRequest {
  const maxTokens = body.max_completion_tokens ?? body.max_tokens
  const messages = body.messages.map(({ role, content }) => ({
    role: role === 'developer' ? ('system' as const) : role,
    content: toText(content),
  }))
  return {
    model: body.model,
    prompt: { kind: 'chat', messages },
    ...toSampling(body, randomSeed),
    ...(maxTokens ? { maxTokens } : {}),
    format: body.response_format?.type ?? 'text',
  }
}

/** Whether a list that may be empty or mixed by type, but not inside, holds token ids. */
const isTokens = (list: readonly unknown[]): list is number[] => typeof list[0] === 'number'

function toPrompts(prompt: CompletionRequest['prompt']): Prompt[] {
  if (typeof prompt === 'string') return [{ kind: 'text', text: prompt }]
  if (isTokens(prompt)) return [{ kind: 'tokens', tokens: prompt }]
  return prompt.map((one) =>
    typeof one === 'string' ? { kind: 'text', text: one } : { kind: 'tokens', tokens: one },
  )
}

/** One generation for each prompt. */
export const toCompletionGenerations = (body: CompletionRequest, randomSeed: number): GenerationRequest[] =>
  toPrompts(body.prompt).map((prompt) => ({
    model: body.model,
    prompt,
    ...toSampling(body, randomSeed),
    maxTokens: body.max_tokens ?? DEFAULT_COMPLETION_TOKENS,
    format: 'text',
  }))

export function toEmbeddingInputs(input: EmbeddingsRequest['input']): (string | number[])[] {
  return typeof input === 'string' || isTokens(input) ? [input] : input
}

/** `cancelled` reaches no client: whoever cancelled is gone. */
const toFinishReason = (reason: FinishReason) => (reason === 'length' ? 'length' : 'stop')

export const toUsage = (usages: readonly CallUsage[]) => {
  const sum = (field: keyof CallUsage) => usages.reduce((total, usage) => total + usage[field], 0)
  return {
    prompt_tokens: sum('promptTokens'),
    completion_tokens: sum('completionTokens'),
    total_tokens: sum('promptTokens') + sum('completionTokens'),
    prompt_tokens_details: { cached_tokens: sum('cachedPromptTokens') },
  }
}

/** What the pieces of one answer have in common. */
export interface AnswerHead {
  id: string
  /** Unix seconds. */
  created: number
  model: string
}

/** The whole of one generation. */
export interface Answer {
  text: string
  finishReason: FinishReason
  usage: CallUsage
}

export const toChatCompletion = (head: AnswerHead, answer: Answer): ChatCompletion => ({
  id: head.id,
  object: 'chat.completion',
  created: head.created,
  model: head.model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answer.text, refusal: null },
      logprobs: null,
      finish_reason: toFinishReason(answer.finishReason),
    },
  ],
  usage: toUsage([answer.usage]),
})

export const toCompletion = (head: AnswerHead, answers: readonly Answer[]): Completion => ({
  id: head.id,
  object: 'text_completion',
  created: head.created,
  model: head.model,
  choices: answers.map((answer, index) => ({
    index,
    text: answer.text,
    logprobs: null,
    finish_reason: toFinishReason(answer.finishReason),
  })),
  usage: toUsage(answers.map(({ usage }) => usage)),
})

/** A piece of a streamed answer: the beginning of a choice, new text, or its end. */
export type Piece =
  | { type: 'start' }
  | { type: 'text'; text: string }
  | { type: 'end'; finishReason: FinishReason }

/** How one surface form spells the pieces of a stream. */
export interface ChunkSpelling {
  /** The chunk of a piece, or nothing where the form has none. */
  piece(index: number, piece: Piece): object | undefined
  /** The last chunk, when usage was asked for. */
  usage(usages: readonly CallUsage[]): object
}

/** With `include_usage`, every chunk but the last carries `usage: null`, as OpenAI documents. */
export function chatChunks(head: AnswerHead, includeUsage: boolean): ChunkSpelling {
  const base = {
    id: head.id,
    object: 'chat.completion.chunk' as const,
    created: head.created,
    model: head.model,
  }
  const noUsage = includeUsage ? { usage: null } : {}
  return {
    piece(index, piece): ChatCompletionChunk {
      const delta =
        piece.type === 'start'
          ? { role: 'assistant' as const, content: '' }
          : piece.type === 'text'
            ? { content: piece.text }
            : {}
      const finish_reason = piece.type === 'end' ? toFinishReason(piece.finishReason) : null
      return { ...base, choices: [{ index, delta, logprobs: null, finish_reason }], ...noUsage }
    },
    usage: (usages): ChatCompletionChunk => ({ ...base, choices: [], usage: toUsage(usages) }),
  }
}

export function completionChunks(head: AnswerHead, includeUsage: boolean): ChunkSpelling {
  const base = { id: head.id, object: 'text_completion' as const, created: head.created, model: head.model }
  const noUsage = includeUsage ? { usage: null } : {}
  return {
    piece(index, piece): CompletionChunk | undefined {
      if (piece.type === 'start') return undefined
      const text = piece.type === 'text' ? piece.text : ''
      const finish_reason = piece.type === 'end' ? toFinishReason(piece.finishReason) : null
      return { ...base, choices: [{ index, text, logprobs: null, finish_reason }], ...noUsage }
    },
    usage: (usages): CompletionChunk => ({ ...base, choices: [], usage: toUsage(usages) }),
  }
}
