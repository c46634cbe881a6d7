import type { Usage } from '../../../shared/generation.ts'
import type { Item } from './items.ts'

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'

/** All of a response that is known before it is answered: what was asked, as OpenAI's object repeats it. */
export interface ResponseHead {
  /** `resp_…` */
  id: string
  object: 'response'
  /** Unix seconds. */
  created_at: number
  model: string
  background: boolean
  store: boolean
  instructions: string | null
  previous_response_id: string | null
  conversation: { id: string } | null
  metadata: Record<string, string>
  max_output_tokens: number | null
  max_tool_calls: number | null
  parallel_tool_calls: boolean
  temperature: number
  top_p: number
  top_logprobs: number
  text: object
  tools: object[]
  tool_choice: string | object
  truncation: 'auto' | 'disabled'
  reasoning: { effort: string | null; summary: string | null }
  service_tier: 'default'
  prompt_cache_key: string | null
  safety_identifier: string | null
  user: string | null
}

/** Why there is no answer. */
export interface ResponseError {
  code: 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt'
  message: string
}

export interface ResponseUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}

/** OpenAI's object of an answer. */
export interface ResponseBody extends ResponseHead {
  status: ResponseStatus
  error: ResponseError | null
  incomplete_details: { reason: 'max_output_tokens' } | null
  output: Item[]
  usage: ResponseUsage | null
  completed_at: number | null
}

export const toResponseUsage = ({
  promptTokens,
  cachedPromptTokens,
  completionTokens,
}: Usage): ResponseUsage => ({
  input_tokens: promptTokens,
  // All that is computed of a prompt may be used again: none of it is written at a price of its own.
  input_tokens_details: { cached_tokens: cachedPromptTokens, cache_write_tokens: 0 },
  output_tokens: completionTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens + completionTokens,
})

export const RESPONSE_PREFIX = 'resp_'

/** The row's id of a response; undefined for what spells none. */
export const responseIdIn = (spelled: string): string | undefined =>
  /^resp_([0-9a-f]{24})$/.exec(spelled)?.[1]
