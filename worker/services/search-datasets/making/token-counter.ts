import { toAppError } from '../../../../shared/errors.ts'
import type { SettingsService } from '../../administration/settings.ts'
import type { Inference } from '../../inference/inference.ts'
import { defaultModel } from '../../models/model-choice.ts'
import type { CountTokens } from './document-rows.ts'

/** How long one text may take to count. */
const COUNT_LIMIT_MS = 60_000

/** The failures after which another time is better. */
const NOT_NOW: ReadonlySet<string> = new Set(['no_capacity', 'model_not_found', 'node_failed', 'cancelled'])

/** Counts by the tokenizer of the default model, on a node that serves it. */
export const createTokenCounter =
  ({
    settings,
    inference,
  }: {
    settings: Pick<SettingsService, 'get'>
    inference: Pick<Inference, 'countTokens' | 'listModels'>
  }): CountTokens =>
  async (accountId, texts) => {
    const model = await defaultModel((await settings.get()).defaultModel, inference)
    if (model === undefined) return undefined
    const caller = { requestId: crypto.randomUUID(), accountId }
    const counts: number[] = []
    for (const text of texts) {
      try {
        counts.push(await inference.countTokens(model, text, caller, AbortSignal.timeout(COUNT_LIMIT_MS)))
      } catch (thrown) {
        if (NOT_NOW.has(toAppError(thrown).code)) return undefined
        throw thrown
      }
    }
    return counts
  }
