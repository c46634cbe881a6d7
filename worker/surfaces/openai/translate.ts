import type { GenerationRequest, Prompt } from '../../../shared/generation.ts'
import { toSampling } from '../../http/chat-completions/translate.ts'
import { type CompletionRequest, DEFAULT_COMPLETION_TOKENS } from './schemas/completion.ts'
import type { EmbeddingsRequest } from './schemas/embedding.ts'

/** Whether a list that may be empty or mixed by type, but not inside, holds token ids. */
const isTokens = (list: readonly unknown[]): list is number[] => typeof list[0] === 'number'

function toPrompts(prompt: CompletionRequest['prompt']): Prompt[] {
  if (typeof prompt === 'string') return [{ kind: 'text', text: prompt }]
  if (isTokens(prompt)) return [{ kind: 'tokens', tokens: prompt }]
  return prompt.map((one) =>
    typeof one === 'string' ? { kind: 'text', text: one } : { kind: 'tokens', tokens: one },
  )
}

/** Generations in the order of their choices: all of the first prompt, all of the second… */
export const toCompletionGenerations = (
  body: Omit<CompletionRequest, 'seed'> & { seed?: bigint | undefined },
  randomSeed: number,
): GenerationRequest[] =>
  toPrompts(body.prompt).flatMap((prompt) =>
    Array.from({ length: body.n ?? 1 }, (_, choice) => ({
      model: body.model,
      prompt,
      ...toSampling(body, randomSeed, choice),
      maxTokens: body.max_tokens ?? DEFAULT_COMPLETION_TOKENS,
      format: 'text' as const,
    })),
  )

export function toEmbeddingInputs(input: EmbeddingsRequest['input']): (string | number[])[] {
  return typeof input === 'string' || isTokens(input) ? [input] : input
}
