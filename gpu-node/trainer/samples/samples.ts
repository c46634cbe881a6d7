import type { Message, ToolDefinition } from '../../../shared/generation.ts'
import type { TrainingRow, Turn } from '../../../shared/training-rows.ts'
import type { PromptReader } from '../../engine/text/prompt.ts'
import type { Vocabulary } from '../../engine/vocabulary.ts'
import { lossRowsOf, type Sample } from '../training/window.ts'
import type { Lesson } from './lesson.ts'

export interface SampleOptions {
  reader: PromptReader
  vocabulary: Vocabulary
  /** Tokens of one sample at most. */
  sequenceLength: number
  /** The fate of longer ones: left out, cut at their end, or a reason not to train. */
  excess: 'drop' | 'truncate' | 'raise'
  /** Prompts are learned as well as answers. */
  trainsOnInputs: boolean
}

/** Rows that are not learned from, and why. */
export interface SampleCounts {
  samples: number
  /** Longer than a sample may be. */
  tooLong: number
  truncated: number
  /** Nothing of it would be learned. */
  empty: number
  /** Tokens that carry loss. */
  lossTokens: number
  tokens: number
}

/** A row that makes training impossible, in one sentence. */
export class BadRow extends Error {}

/**
 * Turns rows into tokens, prompts by the very code that serves chats: what a model is asked when it is trained is what it
 * will be asked. Loss lies on what it says, and on the token that ends it.
 */
export class Samples {
  readonly #options: SampleOptions
  readonly counts: SampleCounts = { samples: 0, tooLong: 0, truncated: 0, empty: 0, lossTokens: 0, tokens: 0 }

  constructor(options: SampleOptions) {
    this.#options = options
  }

  /** The lessons of a row. Throws `BadRow` where the settings ask for it, and what the reader of prompts throws. */
  of(row: TrainingRow): Lesson[] {
    switch (row.kind) {
      case 'text':
        return this.#fit([{ sample: this.#textSample(row.text) }])
      case 'chat':
        return this.#fit(this.#chatSamples(row.turns, row.tools).map((sample) => ({ sample })))
      case 'preference': {
        const answer = (turns: readonly Message[]) => this.#answered(row.messages, turns, row.tools)
        return this.#fit([{ sample: answer(row.preferred), rejected: answer(row.rejected) }])
      }
      default:
        return row satisfies never
    }
  }

  #textSample(text: string): Sample {
    const { reader, vocabulary } = this.#options
    const own = reader.textTokens(text, 'text')
    const { firstToken } = vocabulary
    const tokens = [
      ...(firstToken === undefined ? [] : [firstToken]),
      ...own,
      ...vocabulary.tokenize(vocabulary.eosText, 'special'),
    ]
    return { tokens, weights: tokens.map((_, index) => (index > 0 || firstToken === undefined ? 1 : 0)) }
  }

  /** One sample where every later turn's prompt goes on from what stands before it, else one for each answer. */
  #chatSamples(turns: readonly Turn[], tools: readonly ToolDefinition[]): Sample[] {
    const messages = turns.map(({ message }) => message)
    const samples: { tokens: number[]; weights: number[] }[] = []
    for (const [index, { message, isLearned }] of turns.entries()) {
      if (message.role !== 'assistant') continue
      const prompt = this.#promptTokens(messages.slice(0, index), tools)
      const answer = this.#options.reader.answerTokens(messages.slice(0, index + 1), tools)
      const last = samples.at(-1)
      const goesOn = last !== undefined && startsWith(prompt, last.tokens)
      const sample = goesOn ? last : { tokens: [], weights: [] }
      if (!goesOn) samples.push(sample)
      const asked = prompt.slice(sample.tokens.length)
      sample.tokens.push(...asked, ...answer)
      const onInput = this.#options.trainsOnInputs ? 1 : 0
      sample.weights.push(...asked.map(() => onInput), ...answer.map(() => (isLearned ? 1 : onInput)))
    }
    return samples
  }

  #answered(
    messages: readonly Message[],
    answer: readonly Message[],
    tools: readonly ToolDefinition[],
  ): Sample {
    const turns = [...messages, ...answer].map((message, index) => ({
      message,
      isLearned: index >= messages.length,
    }))
    const [first, ...others] = this.#chatSamples(turns, tools).filter((sample) => lossRowsOf(sample) > 0)
    if (first === undefined || others.length > 0)
      throw new BadRow("The model's chat template cannot write a preferred answer of several turns.")
    return first
  }

  #promptTokens(messages: readonly Message[], tools: readonly ToolDefinition[]): number[] {
    // Nobody has spoken: the model begins, behind the token that every text of it begins with.
    if (messages.length === 0)
      return this.#options.vocabulary.firstToken === undefined ? [] : [this.#options.vocabulary.firstToken]
    return this.#options.reader.tokensOf({ kind: 'chat', messages: [...messages] }, tools)
  }

  #fit(lessons: readonly Lesson[]): Lesson[] {
    return lessons.flatMap((lesson) => {
      const fitted = this.#fitOne(lesson)
      if (fitted === undefined) return []
      const each = [fitted.sample, ...(fitted.rejected ? [fitted.rejected] : [])]
      if (each.some((sample) => lossRowsOf(sample) === 0)) {
        this.counts.empty += 1
        return []
      }
      this.counts.samples += 1
      for (const sample of each) {
        this.counts.tokens += sample.tokens.length
        this.counts.lossTokens += lossRowsOf(sample)
      }
      return [fitted]
    })
  }

  #fitOne({ sample, rejected }: Lesson): Lesson | undefined {
    const { sequenceLength, excess } = this.#options
    const longest = Math.max(sample.tokens.length, rejected?.tokens.length ?? 0)
    if (longest <= sequenceLength) return rejected ? { sample, rejected } : { sample }
    if (excess === 'raise')
      throw new BadRow(`A row has ${longest} tokens, and the sequence length is ${sequenceLength}.`)
    if (excess === 'drop') {
      this.counts.tooLong += 1
      return undefined
    }
    this.counts.truncated += 1
    const cut = (one: Sample): Sample => ({
      tokens: one.tokens.slice(0, sequenceLength),
      weights: one.weights.slice(0, sequenceLength),
    })
    return rejected ? { sample: cut(sample), rejected: cut(rejected) } : { sample: cut(sample) }
  }
}

const startsWith = (tokens: readonly number[], beginning: readonly number[]): boolean =>
  beginning.length <= tokens.length && beginning.every((token, index) => tokens[index] === token)
