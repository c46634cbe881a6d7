import type {
  Usage as CallUsage,
  DeltaEvent,
  FinishReason,
  TokenLogprob,
  ToolCallDelta,
} from '../../../shared/generation.ts'
import type { ChatCompletion, ChatCompletionChunk } from './schemas/chat.ts'
import type { Completion, CompletionChunk } from './schemas/completion.ts'

/** The fields that the pieces of one answer have in common. */
export interface AnswerHead {
  id: string
  /** Unix seconds. */
  created: number
  model: string
  /** The tier that serves it, for a caller who asked for one. */
  serviceTier?: 'default'
}

/** The whole of one generation. */
export interface Answer {
  text: string
  toolCalls: { name: string; arguments: string }[]
  logprobs: TokenLogprob[]
  finishReason: FinishReason
  usage: CallUsage
}

/** A piece of a streamed answer: the beginning of a choice, something new, or its end. */
export type Piece =
  | { type: 'start' }
  | { type: 'delta'; delta: DeltaEvent }
  | { type: 'end'; finishReason: FinishReason }

/** How one surface form spells the pieces of a stream. */
export interface ChunkSpelling {
  /** The chunk of a piece, or nothing where the form has none. */
  piece(index: number, piece: Piece): object | undefined
  /** The last chunk, when usage was asked for. */
  usage(usages: readonly CallUsage[]): object
}

/** `cancelled` reaches no client: whoever cancelled is gone. */
const toFinishReason = (reason: FinishReason) => (reason === 'cancelled' ? 'stop' : reason)
const toTextFinishReason = (reason: FinishReason) => (reason === 'length' ? 'length' : 'stop')

/** Usage of the choices of a request, `choices` to a prompt: a prompt counts once, however many answers it has. */
export function toUsage(usages: readonly CallUsage[], choices: number) {
  const prompts = usages.filter((_, index) => index % choices === 0)
  const sum = (list: readonly CallUsage[], field: keyof CallUsage) =>
    list.reduce((total, usage) => total + usage[field], 0)
  const promptTokens = sum(prompts, 'promptTokens')
  const completionTokens = sum(usages, 'completionTokens')
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(prompts, 'cachedPromptTokens') },
  }
}

/** The same call has the same id in every chunk, also after its generation has moved to another node. */
const toolCallId = ({ id }: AnswerHead, choice: number, index: number): string =>
  `call_${id.slice(id.indexOf('-') + 1)}${choice}_${index}`

const toLogprobs = (logprobs: readonly TokenLogprob[] | undefined) =>
  logprobs?.length
    ? { content: logprobs.map(({ top, ...token }) => ({ ...token, top_logprobs: top })), refusal: null }
    : null

function toMessage(head: AnswerHead, { text, toolCalls }: Answer, choice: number) {
  if (toolCalls.length === 0) return { role: 'assistant' as const, content: text, refusal: null }
  const tool_calls = toolCalls.map((call, index) => ({
    id: toolCallId(head, choice, index),
    type: 'function' as const,
    function: call,
  }))
  return { role: 'assistant' as const, content: text === '' ? null : text, refusal: null, tool_calls }
}

const toServiceTier = ({ serviceTier }: AnswerHead) =>
  serviceTier === undefined ? {} : { service_tier: serviceTier }

export const toChatCompletion = (head: AnswerHead, answers: readonly Answer[]): ChatCompletion => ({
  id: head.id,
  object: 'chat.completion',
  created: head.created,
  model: head.model,
  choices: answers.map((answer, index) => ({
    index,
    message: toMessage(head, answer, index),
    logprobs: toLogprobs(answer.logprobs),
    finish_reason: toFinishReason(answer.finishReason),
  })),
  ...toServiceTier(head),
  usage: toUsage(
    answers.map(({ usage }) => usage),
    answers.length,
  ),
})

export const toCompletion = (head: AnswerHead, answers: readonly Answer[], choices: number): Completion => ({
  id: head.id,
  object: 'text_completion',
  created: head.created,
  model: head.model,
  choices: answers.map((answer, index) => ({
    index,
    text: answer.text,
    logprobs: null,
    finish_reason: toTextFinishReason(answer.finishReason),
  })),
  usage: toUsage(
    answers.map(({ usage }) => usage),
    choices,
  ),
})

export interface ChunkOptions {
  /** With it, every chunk but the last carries `usage: null`, as OpenAI documents. */
  includeUsage: boolean
  /** Answers to each prompt. */
  choices: number
}

/** The spelling of chat, whose every piece has a chunk. */
export interface ChatChunkSpelling extends ChunkSpelling {
  piece(index: number, piece: Piece): ChatCompletionChunk
}

export function chatChunks(head: AnswerHead, { includeUsage, choices }: ChunkOptions): ChatChunkSpelling {
  const base = {
    id: head.id,
    object: 'chat.completion.chunk' as const,
    created: head.created,
    model: head.model,
    ...toServiceTier(head),
  }
  const noUsage = includeUsage ? { usage: null } : {}
  const toToolCall = (choice: number, { index, name, arguments: text }: ToolCallDelta) => ({
    index,
    ...(name === undefined ? {} : { id: toolCallId(head, choice, index), type: 'function' as const }),
    function: { ...(name === undefined ? {} : { name }), arguments: text },
  })
  const toDelta = (choice: number, piece: Piece) => {
    if (piece.type === 'start') return { role: 'assistant' as const, content: '' }
    if (piece.type === 'end') return {}
    const { text, extra } = piece.delta
    return {
      ...(text === '' ? {} : { content: text }),
      ...(extra?.toolCalls ? { tool_calls: extra.toolCalls.map((call) => toToolCall(choice, call)) } : {}),
    }
  }
  return {
    piece(index, piece): ChatCompletionChunk {
      const finish_reason = piece.type === 'end' ? toFinishReason(piece.finishReason) : null
      const logprobs = piece.type === 'delta' ? toLogprobs(piece.delta.extra?.logprobs) : null
      return {
        ...base,
        choices: [{ index, delta: toDelta(index, piece), logprobs, finish_reason }],
        ...noUsage,
      }
    },
    usage: (usages): ChatCompletionChunk => ({ ...base, choices: [], usage: toUsage(usages, choices) }),
  }
}

export function completionChunks(head: AnswerHead, { includeUsage, choices }: ChunkOptions): ChunkSpelling {
  const base = { id: head.id, object: 'text_completion' as const, created: head.created, model: head.model }
  const noUsage = includeUsage ? { usage: null } : {}
  return {
    piece(index, piece): CompletionChunk | undefined {
      if (piece.type === 'start') return undefined
      const text = piece.type === 'delta' ? piece.delta.text : ''
      const finish_reason = piece.type === 'end' ? toTextFinishReason(piece.finishReason) : null
      return { ...base, choices: [{ index, text, logprobs: null, finish_reason }], ...noUsage }
    },
    usage: (usages): CompletionChunk => ({ ...base, choices: [], usage: toUsage(usages, choices) }),
  }
}
