import { toAppError } from '../../../shared/errors.ts'
import type { FinishReason, GenerationRequest, Sampling, Usage } from '../../../shared/generation.ts'
import type { Caller, Inference, OnPlaced } from '../inference/inference.ts'
import type { AnswerRun, AnswerStep } from './answer-steps.ts'
import { type ChatPrompt, messagesOf, shortened } from './chat-prompt.ts'

/** Of a model's context, the share that an answer may take where the caller sets no limit, and the most of it. */
const ANSWER_SHARE = 1 / 4
export const MAX_DEFAULT_ANSWER_TOKENS = 2_048

/** How an answer is to be made; what a caller may choose. */
export type AnswerOptions = Pick<GenerationRequest, 'model' | 'sampling'> &
  Partial<Pick<GenerationRequest, 'maxTokens' | 'stop' | 'format' | 'logitBias'>>

/** A finished answer. */
export interface Answered {
  finishReason: FinishReason
  usage: Usage | null
  /** Data for the reader to draw; null where there is none. */
  charts: unknown
  /** Present where an agent has answered. */
  run?: AnswerRun
}

/**
 * An answer in pieces, and the steps on its way; an empty piece is a sign of life. Throws what the pool says. Leaving it, or the
 * signal, stops it.
 */
export type AnswerPieces = AsyncGenerator<string | AnswerStep, Answered, void>

/** The room that an answer has where the caller leaves it open: enough to say something, and none for the prompt lost. */
async function answerTokens(
  inference: Inference,
  { model, maxTokens }: AnswerOptions,
  caller: Caller,
): Promise<number | undefined> {
  if (maxTokens !== undefined) return maxTokens
  const contextTokens = await inference.contextTokensOf(model, caller)
  return (
    contextTokens &&
    Math.min(MAX_DEFAULT_ANSWER_TOKENS, Math.max(1, Math.floor(contextTokens * ANSWER_SHARE)))
  )
}

function toRequest(
  prompt: ChatPrompt,
  options: AnswerOptions,
  maxTokens: number | undefined,
): GenerationRequest {
  return {
    model: options.model,
    prompt: { kind: 'chat', messages: messagesOf(prompt) },
    sampling: options.sampling,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    stop: options.stop ?? [],
    ...(options.logitBias === undefined ? {} : { logitBias: options.logitBias }),
    format: options.format ?? 'text',
  }
}

/** A model's question, and who hears on which nodes it answers. */
export interface AskedModel {
  prompt: ChatPrompt
  options: AnswerOptions
  caller: Caller
  onPlaced?: OnPlaced | undefined
}

/**
 * The model's answer to a chat. Turns of the history that do not fit into the model's context are left out, the oldest
 * first; only the node can count them, so it is asked again with fewer until they fit or none are left.
 */
export async function* generateAnswer(
  inference: Inference,
  { prompt, options, caller, onPlaced }: AskedModel,
  signal: AbortSignal,
): AnswerPieces {
  const maxTokens = await answerTokens(inference, options, caller)
  let shown: ChatPrompt | undefined = prompt
  while (true) {
    let hasBegun = false
    try {
      const stream = await inference.generate(toRequest(shown, options, maxTokens), caller, signal, onPlaced)
      for await (const events of stream) {
        let text = ''
        for (const event of events) {
          if (event.type === 'delta') text += event.text
          if (event.type === 'end') {
            if (text !== '') yield text
            return { finishReason: event.finishReason, usage: event.usage, charts: null }
          }
        }
        hasBegun ||= text !== ''
        yield text
      }
      return { finishReason: 'cancelled', usage: null, charts: null }
    } catch (thrown) {
      const fewer: ChatPrompt | undefined = shortened(shown)
      if (hasBegun || !fewer || toAppError(thrown).code !== 'context_length_exceeded') throw thrown
      shown = fewer
    }
  }
}

/** llama.cpp's own, which keep small models from the tail of their distribution. */
const TOP_K = 40
const MIN_P = 0.05

/** Drawn for a caller who gave no seed: without one llama.cpp takes it from the clock. */
export const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

/** How tokens are chosen where a contract offers a temperature and no more. */
export const chatSampling = (temperature: number, seed = randomSeed()): Sampling => ({
  temperature,
  topP: 1,
  topK: TOP_K,
  minP: MIN_P,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed,
})
