import { AppError, toAppError } from '../../../shared/errors.ts'
import type { FinishReason, GenerationRequest, Message, Usage } from '../../../shared/generation.ts'
import type { JsonSchema } from '../agent-tools/tool.ts'
import type { Inference } from '../inference/inference.ts'
import type { Piece, RunUsage } from './run-events.ts'
import type { RunSpec } from './spec.ts'

/** How often a prompt that does not fit is asked again, shorter each time. */
const MAX_SHORTENINGS = 3

/** Characters of a turn that stay in any case. */
const LEAST_KEPT = 120

/** Characters of a token, as few as common texts have. */
const CHARACTERS_OF_A_TOKEN = 3

export interface Generated {
  text: string
  finishReason: FinishReason
  usage: RunUsage
}

/** How one call of the model is to be answered. */
export interface Wanted {
  schema?: JsonSchema
  maxTokens?: number | undefined
  /** Tokens of the answer that an earlier life of the run has told: it goes on behind them, and counts them in its usage. */
  said?: readonly number[] | undefined
}

/** The pieces of an answer, and at its end all of it that came in them. */
export type Pieces = AsyncGenerator<Piece, Generated, void>

/** The whole of an answer whose pieces nobody reads. */
export async function wholeOf(pieces: Pieces): Promise<Generated> {
  for (;;) {
    const piece = await pieces.next()
    if (piece.done) return piece.value
  }
}

export interface RunModel {
  generate(messages: readonly Message[], wanted: Wanted, signal: AbortSignal): Pieces
}

const usageOf = ({ promptTokens, cachedPromptTokens, completionTokens }: Usage): RunUsage => ({
  promptTokens,
  cachedPromptTokens,
  completionTokens,
})

/** The same turns, each with its beginning and its end where it is long; the first and the last stay whole. */
export function shorter(messages: readonly Message[], contextTokens: number, times: number): Message[] {
  const share = (contextTokens * CHARACTERS_OF_A_TOKEN) / (messages.length * 2 ** times)
  const most = Math.max(LEAST_KEPT, Math.floor(share))
  return messages.map((message, at) => {
    const { content } = message
    if (at === 0 || at === messages.length - 1 || content.length <= most) return message
    const half = Math.floor(most / 2)
    return { ...message, content: `${content.slice(0, half)}\n[…]\n${content.slice(-half)}`.toWellFormed() }
  })
}

/** The model of a run: each call is metered, limited and priced as a chat's is, and goes where the run's last one went. */
export function createRunModel(inference: Pick<Inference, 'generate'>, spec: RunSpec): RunModel {
  const { model, sampling, accountId, requestId, isAdministrator, contextTokens, id } = spec
  const caller = { requestId, accountId, isAdministrator, sessionId: id }
  const requestFor = (
    messages: readonly Message[],
    { schema, maxTokens, said = [] }: Wanted,
  ): GenerationRequest => ({
    model,
    prompt: { kind: 'chat', messages: [...messages] },
    sampling,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    stop: [],
    format: schema ? { schema } : 'text',
    ...(said.length > 0 && { resume: [...said] }),
  })

  async function* once(messages: readonly Message[], wanted: Wanted, signal: AbortSignal): Pieces {
    let text = ''
    // Tokens without a word yet go with the next piece.
    let tokens: number[] = []
    for await (const events of await inference.generate(requestFor(messages, wanted), caller, signal)) {
      let piece = ''
      for (const event of events) {
        if (event.type === 'delta') {
          piece += event.text
          tokens.push(...event.tokens)
        }
        if (event.type !== 'end') continue
        text += piece
        if (piece !== '') yield { text: piece, tokens }
        return { text, finishReason: event.finishReason, usage: usageOf(event.usage) }
      }
      if (piece === '') continue
      text += piece
      yield { text: piece, tokens }
      tokens = []
    }
    signal.throwIfAborted()
    throw new AppError('node_failed', 'The answer broke off.')
  }

  return {
    async *generate(messages, wanted, signal) {
      for (let times = 0; ; times += 1) {
        const shown = times === 0 ? messages : shorter(messages, contextTokens, times)
        let hasBegun = false
        try {
          const pieces = once(shown, wanted, signal)
          for (let piece = await pieces.next(); ; piece = await pieces.next()) {
            if (piece.done) return piece.value
            hasBegun = true
            yield piece.value
          }
        } catch (thrown) {
          const isTooLong = toAppError(thrown).code === 'context_length_exceeded'
          if (hasBegun || !isTooLong || times >= MAX_SHORTENINGS) throw thrown
        }
      }
    },
  }
}
