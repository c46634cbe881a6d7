import { z } from '@hono/zod-openapi'
import { toAppError } from '../../../shared/errors.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../shared/node.ts'
import { administers } from '../../http/administers.ts'
import { requireFeature } from '../../http/features.ts'
import { limitError } from '../../http/limits.ts'
import type { Account } from '../../services/accounts/accounts.ts'
import { checkByPlan } from '../../services/administration/plan-limits.ts'
import type { SettingsService } from '../../services/administration/settings.ts'
import { chatSampling, generateAnswer } from '../../services/conversations/answering.ts'
import type { Inference } from '../../services/inference/inference.ts'
import type { Limiter } from '../../services/limits/limiter.ts'
import type { ChooseModel } from '../../services/models/model-choice.ts'

export const ASK_MODEL = 'ask_model'

export const AskModelArguments = z.strictObject({
  prompt: z.string().min(1).describe('The question, with all that the model needs to know.'),
  system: z.string().min(1).optional().describe('Instructions that stand before it.'),
  model: z
    .string()
    .min(1)
    .max(MAX_MODEL_NAME_LENGTH)
    .optional()
    .describe("One of the deployment's models; without it, its default."),
  max_tokens: z.int().min(1).max(32_768).optional().describe('Tokens that the answer may have.'),
  temperature: z.number().min(0).max(2).optional(),
})
export type AskModelArguments = z.infer<typeof AskModelArguments>

export interface AskModelServices {
  inference: Inference
  limiter: Limiter
  settings: SettingsService
  chooseModel: ChooseModel
  countQuery: (accountId: string) => void
}

export interface ModelAnswer {
  text: string
  model: string
  finish_reason: string
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
}

/** Asks a model. Counts against the plan's minute and the day's tokens like every chat. Throws what a chat throws. */
export async function askModel(
  { inference, limiter, settings, chooseModel, countQuery }: AskModelServices,
  { account, requestId, asked }: { account: Account; requestId: string; asked: AskModelArguments },
  { signal, onPiece }: { signal: AbortSignal; onPiece: (characters: number) => void },
): Promise<ModelAnswer> {
  const isAdministrator = administers(account)
  const now = await settings.get()
  requireFeature(now, 'chat')
  const { id: model, name } = await chooseModel(account, { named: asked.model })
  if (!isAdministrator) {
    // The minute of `/v1`: a model costs the same, whichever door it was asked through.
    const answer = await limiter.check([checkByPlan(account, { window: 'v1-minute', spends: true }, now)])
    if (answer?.refusedBy) throw limitError(answer)
  }
  const { prompt, system, max_tokens: maxTokens, temperature = 1 } = asked
  const pieces = generateAnswer(
    inference,
    {
      prompt: {
        system: system === undefined ? [] : [{ role: 'system', content: system }],
        history: [],
        asked: [{ role: 'user', content: prompt }],
      },
      options: {
        model,
        sampling: chatSampling(temperature),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      },
      caller: { requestId, accountId: account.id, isAdministrator },
    },
    signal,
  )
  let text = ''
  let isCounted = false
  for (let piece = await pieces.next(); ; piece = await pieces.next()) {
    if (!isCounted) countQuery(account.id)
    isCounted = true
    if (piece.done) {
      const { finishReason, usage } = piece.value
      signal.throwIfAborted()
      return {
        text,
        model: name,
        finish_reason: finishReason,
        usage: usage && {
          prompt_tokens: usage.promptTokens,
          completion_tokens: usage.completionTokens,
          total_tokens: usage.promptTokens + usage.completionTokens,
        },
      }
    }
    if (typeof piece.value === 'string') text += piece.value
    onPiece(text.length)
  }
}

/** A failure as a tool's result tells it. */
export const failureOf = (thrown: unknown) => {
  const { code, message, retryAfterSeconds } = toAppError(thrown)
  return { code, message, ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }) }
}
