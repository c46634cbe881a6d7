import { toAppError } from '../../../../shared/errors.ts'
import { chatSampling, generateAnswer } from '../../conversations/answering.ts'
import type { Inference } from '../../inference/inference.ts'
import type { JobRow } from '../training-job.ts'

/** Longest answer to a prompt of a job, in tokens, and how long it may take. */
export const MAX_SAMPLE_TOKENS = 256
export const SAMPLE_LIMIT_MS = 60_000

/** An answer, or why none is given; undefined where no node can give one now. */
export type SampleAnswer = { text: string } | { refusal: string } | undefined

export interface SampleAnswersOptions {
  inference: Inference
  /** Whether the account's day has tokens left. */
  dayTokens: (accountId: string) => Promise<'left' | 'spent' | 'closed'>
}

const REFUSALS = {
  spent: 'Its prompts are not answered: the day’s tokens of the account are spent.',
  closed: 'Its prompts are not answered: no chats are answered now.',
}

/** Answers a prompt with a checkpoint, as its account would be answered, and at its account's cost. */
export const createSampleAnswers =
  ({ inference, dayTokens }: SampleAnswersOptions) =>
  async ({ accountId }: JobRow, model: string, prompt: string): Promise<SampleAnswer> => {
    const left = await dayTokens(accountId)
    if (left !== 'left') return { refusal: REFUSALS[left] }
    const asked = [{ role: 'user' as const, content: prompt }]
    const options = { model, sampling: chatSampling(0, 1), maxTokens: MAX_SAMPLE_TOKENS }
    const caller = { requestId: crypto.randomUUID(), accountId }
    const signal = AbortSignal.timeout(SAMPLE_LIMIT_MS)
    try {
      let text = ''
      const pieces = generateAnswer(
        inference,
        { prompt: { system: [], history: [], asked }, options, caller },
        signal,
      )
      for await (const piece of pieces) text += piece
      return { text }
    } catch (thrown) {
      if (['no_capacity', 'model_not_found', 'node_failed'].includes(toAppError(thrown).code))
        return undefined
      throw thrown
    }
  }
