import { toAppError } from '../../../../shared/errors.ts'
import type { GenerationRequest } from '../../../../shared/generation.ts'
import type { Logger } from '../../../../shared/log.ts'
import type { Caller, Inference } from '../../inference/inference.ts'
import { acceptedDraft } from './draft-check.ts'
import { type Facts, unknownSentence } from './facts.ts'

/** Drafts after which the computed sentences stand. */
export const MAX_DRAFTS = 2

/** Recommendations of an answer that a model words; those behind them have the computed sentences. */
export const MAX_WORDED = 3

/** The time within which a model must have worded them all. */
const WORDING_MS = 15_000
const DRAFT_TOKENS = 160

const INSTRUCTIONS =
  'You explain to a student why a program of study was recommended. You are given facts. Write two or three plain sentences that use ' +
  'these facts and nothing else: no other number, name, sum or place, and no praise. Say what is not known.'

/** Words the reasons for a recommendation; undefined where the computed sentences are to stand. */
export type Word = (facts: Facts) => Promise<string | undefined>

const requestFor = (model: string, facts: Facts, seed: number): GenerationRequest => ({
  model,
  prompt: {
    kind: 'chat',
    messages: [
      { role: 'system', content: INSTRUCTIONS },
      { role: 'user', content: [...facts.known, unknownSentence(facts)].filter(Boolean).join('\n') },
    ],
  },
  // The first draft is the likeliest one, a second must differ from it.
  sampling: {
    temperature: seed === 0 ? 0 : 0.7,
    topP: 1,
    topK: 40,
    minP: 0.05,
    frequencyPenalty: 0,
    presencePenalty: 0,
    seed,
  },
  maxTokens: DRAFT_TOKENS,
  stop: [],
  format: 'text',
})

/**
 * A model that words reasons: it sees the computed facts alone, and a draft with anything else in it is thrown away. Never
 * throws: without a node, in time or at all, nothing is worded.
 */
export function createWording(
  inference: Pick<Inference, 'generate'>,
  { model, caller, log }: { model: string; caller: Caller; log: Logger },
): Word {
  const signal = AbortSignal.timeout(WORDING_MS)
  let hasFailed = false

  async function draft(facts: Facts, seed: number): Promise<string> {
    let text = ''
    for await (const events of await inference.generate(requestFor(model, facts, seed), caller, signal)) {
      for (const event of events) if (event.type === 'delta') text += event.text
    }
    return text
  }

  return async (facts) => {
    try {
      for (let seed = 0; seed < MAX_DRAFTS && !hasFailed && !signal.aborted; seed += 1) {
        const accepted = acceptedDraft(await draft(facts, seed), facts)
        if (accepted !== undefined) return accepted
      }
    } catch (thrown) {
      hasFailed = true
      log.info('recommendation.unworded', { code: toAppError(thrown).code })
    }
    return undefined
  }
}
