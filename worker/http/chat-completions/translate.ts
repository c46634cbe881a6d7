import type { GenerationRequest, Tools } from '../../../shared/generation.ts'
import type { ChatRequest } from './request.ts'
import { seedOfChoice } from './seeds.ts'
import { toMessages } from './translate-messages.ts'
import { lenientTools } from './unenforced-tools.ts'

/**
 * Used where the caller says nothing. Temperature and top_p are OpenAI's; top_k and min_p are llama.cpp's own defaults,
 * which keep small models from the tail of their distribution.
 */
const DEFAULTS = { temperature: 1, topP: 1, topK: 40, minP: 0.05 } as const

/** A seed as its body was read, or to the last bit (`seedIn`). */
type Seed = bigint | number | null | undefined

/** A chat's body with its seed. */
export type AskedChat = Omit<ChatRequest, 'seed'> & { seed?: Seed }

type SamplingFields = Pick<
  ChatRequest,
  | 'temperature'
  | 'top_p'
  | 'top_k'
  | 'min_p'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'stop'
  | 'logit_bias'
> & { seed?: Seed }

/** How tokens are chosen, and where the answer ends. `choice` tells apart the answers to one prompt. */
export function toSampling(
  body: SamplingFields,
  randomSeed: number,
  choice: number,
): Pick<GenerationRequest, 'sampling' | 'stop' | 'logitBias'> {
  const biases = Object.entries(body.logit_bias ?? {})
  return {
    sampling: {
      temperature: body.temperature ?? DEFAULTS.temperature,
      topP: body.top_p ?? DEFAULTS.topP,
      topK: body.top_k ?? DEFAULTS.topK,
      minP: body.min_p ?? DEFAULTS.minP,
      frequencyPenalty: body.frequency_penalty ?? 0,
      presencePenalty: body.presence_penalty ?? 0,
      seed: seedOfChoice(body.seed ?? randomSeed, choice),
    },
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    ...(biases.length > 0 ? { logitBias: biases.map(([token, bias]) => [Number(token), bias]) } : {}),
  }
}

/** Which tools may be called, and whether one must be. */
function toChoice(choice: ChatRequest['tool_choice']): Pick<Tools, 'choice' | 'allowed'> {
  if (typeof choice !== 'object' || choice === null) return { choice: choice ?? 'auto' }
  if (choice.type === 'function') return { choice: choice.function }
  const { mode, tools } = choice.allowed_tools
  return { choice: mode, allowed: tools.map((tool) => tool.function.name) }
}

function toTools({
  tools,
  tool_choice: choice,
  parallel_tool_calls: parallel,
}: AskedChat): Tools | undefined {
  if (!tools) return undefined
  const asked: Tools = {
    definitions: tools.map(({ function: { name, description, parameters, strict } }) => ({
      name,
      strict: strict === true,
      ...(description ? { description } : {}),
      ...(parameters ? { parameters } : {}),
    })),
    ...toChoice(choice),
    parallel: parallel !== false,
  }
  return lenientTools(asked).length > 0 ? { ...asked, tellUnenforced: true } : asked
}

function toFormat(format: ChatRequest['response_format']): GenerationRequest['format'] {
  if (!format) return 'text'
  return format.type === 'json_schema' ? { schema: format.json_schema.schema } : format.type
}

/** All that a chat asks for but its turns: how the answer of one choice is to be made. */
export function toChatOptions(
  body: AskedChat,
  randomSeed: number,
  choice = 0,
): Omit<GenerationRequest, 'prompt' | 'resume'> {
  const maxTokens = body.max_completion_tokens ?? body.max_tokens
  const tools = toTools(body)
  return {
    model: body.model,
    ...toSampling(body, randomSeed, choice),
    ...(maxTokens ? { maxTokens } : {}),
    format: toFormat(body.response_format),
    ...(tools ? { tools } : {}),
    ...(body.logprobs ? { logprobs: body.top_logprobs ?? 0 } : {}),
  }
}

/** One generation for each choice: the first with the caller's seed, each other with the next one. */
export function toChatGenerations(body: AskedChat, randomSeed: number): GenerationRequest[] {
  const messages = toMessages(body.messages)
  return Array.from({ length: body.n ?? 1 }, (_, choice) => ({
    prompt: { kind: 'chat', messages },
    ...toChatOptions(body, randomSeed, choice),
  }))
}
