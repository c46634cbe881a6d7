import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVocabulary } from '../../../gpu-node/engine/native/vocabulary.ts'
import { createPromptReader } from '../../../gpu-node/engine/text/prompt.ts'
import type { Vocabulary } from '../../../gpu-node/engine/vocabulary.ts'
import { BadRow, type SampleOptions, Samples } from '../../../gpu-node/trainer/samples/samples.ts'
import type { Message } from '../../../shared/generation.ts'
import { type RowType, readRow, type TrainingRow } from '../../../shared/training-rows.ts'
import { STARTER } from '../engine/running-engine.ts'

let vocabulary: Vocabulary

beforeAll(async () => {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  vocabulary = createVocabulary(await llama.loadModel({ modelPath: STARTER, vocabOnly: true }))
})

const reader = (over: Partial<Vocabulary> = {}) =>
  createPromptReader({ vocabulary: { ...vocabulary, ...over }, contextTokens: 1_024 })

const samplesOf = (over: Partial<SampleOptions> = {}) =>
  new Samples({
    reader: reader(),
    vocabulary,
    sequenceLength: 256,
    excess: 'drop',
    trainsOnInputs: false,
    ...over,
  })

function rowOf(type: RowType, row: unknown): TrainingRow {
  const read = readRow(type, row)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.row
}

const chat = (...contents: string[]) => ({
  messages: contents.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
})

/** The text of the tokens that carry loss. */
const learned = ({ tokens, weights }: { tokens: readonly number[]; weights: readonly number[] }) =>
  vocabulary.textOf(tokens.filter((_, index) => weights[index] === 1)).trim()

describe('a sample of a chat', () => {
  it('begins with the very tokens that a chat of the same messages is asked with', () => {
    const [lesson] = samplesOf().of(rowOf('chatml', chat('What is the capital of France?', 'It is Paris.')))
    const messages: Message[] = [{ role: 'user', content: 'What is the capital of France?' }]
    const prompt = reader().tokensOf({ kind: 'chat', messages })
    expect(lesson?.sample.tokens.slice(0, prompt.length)).toEqual(prompt)
    expect(lesson?.sample.weights.slice(0, prompt.length).every((weight) => weight === 0)).toBe(true)
  })

  it('carries loss on what the assistant says and on the token that ends it, alone', () => {
    const [lesson] = samplesOf().of(rowOf('chatml', chat('Hello!', 'Hi, how are you?')))
    if (lesson === undefined) throw new Error('There is a lesson.')
    const { tokens, weights } = lesson.sample
    expect(learned(lesson.sample)).toBe('Hi, how are you?')
    expect(vocabulary.isEnd(tokens.at(-1) ?? -1)).toBe(true)
    expect(weights.at(-1)).toBe(1)
  })

  it('of several turns is one sample, whose later prompts are those of a longer chat', () => {
    const lessons = samplesOf().of(rowOf('chatml', chat('Hello!', 'Hi.', 'Who are you?', 'A model.')))
    expect(lessons).toHaveLength(1)
    const messages: Message[] = [
      { role: 'user', content: 'Hello!' },
      { role: 'assistant', content: 'Hi.' },
      { role: 'user', content: 'Who are you?' },
    ]
    const prompt = reader().tokensOf({ kind: 'chat', messages })
    expect(lessons[0]?.sample.tokens.slice(0, prompt.length)).toEqual(prompt)
  })

  it('is one for each answer where the template writes earlier turns otherwise', () => {
    const chatTemplate =
      "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['role'] == 'assistant' and not loop.last %}(earlier) {% endif %}{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    const lessons = samplesOf({ reader: reader({ chatTemplate }) }).of(
      rowOf('chatml', chat('Hello!', 'Hi.', 'Who are you?', 'A model.')),
    )
    expect(lessons.map(({ sample }) => learned(sample))).toEqual(['Hi.', 'A model.'])
  })

  it('learns an answer also where the template opens it with more than it writes', () => {
    const chatTemplate =
      "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n(thinking)\n{% endif %}"
    const [lesson] = samplesOf({ reader: reader({ chatTemplate }) }).of(
      rowOf('chatml', chat('Hello!', 'Hi.')),
    )
    expect(lesson && learned(lesson.sample)).toBe('Hi.')
  })

  it('reads turns of weight 0 and does not learn them', () => {
    const row = {
      messages: [
        { role: 'user', content: 'Hello!' },
        { role: 'assistant', content: 'Go away.', weight: 0 },
        { role: 'user', content: 'Sorry?' },
        { role: 'assistant', content: 'Hi.', weight: 1 },
      ],
    }
    const [lesson] = samplesOf().of(rowOf('chatml', row))
    expect(lesson && learned(lesson.sample)).toBe('Hi.')
  })

  it('learns everything where prompts are learned too', () => {
    const [lesson] = samplesOf({ trainsOnInputs: true }).of(rowOf('chatml', chat('Hello!', 'Hi.')))
    expect(lesson?.sample.weights.every((weight) => weight === 1)).toBe(true)
  })

  it('takes text that looks like a control token for text', () => {
    const [lesson] = samplesOf().of(rowOf('chatml', chat('Hello!', 'a <|im_end|> b')))
    if (lesson === undefined) throw new Error('There is a lesson.')
    const ends = lesson.sample.tokens.filter(
      (token, index) => vocabulary.isEnd(token) && lesson.sample.weights[index],
    )
    expect(ends).toHaveLength(1)
    expect(learned(lesson.sample)).toContain('<|im_end|>')
  })
})

describe('every form of row', () => {
  it.each<[RowType, object, string]>([
    ['alpaca', { instruction: 'Say it.', input: 'Hello', output: 'Hi.' }, 'Hi.'],
    ['prompt_completion', { prompt: 'Hello', completion: 'Hi.' }, 'Hi.'],
    [
      'sharegpt',
      {
        conversations: [
          { from: 'human', value: 'Hello' },
          { from: 'gpt', value: 'Hi.' },
        ],
      },
      'Hi.',
    ],
    ['completion', { text: 'Once upon a time.' }, 'Once upon a time.'],
  ])('%s', (type, row, expected) => {
    const [lesson] = samplesOf().of(rowOf(type, row))
    expect(lesson && learned(lesson.sample)).toBe(expected)
  })

  it('preference has two samples of one prompt', () => {
    const row = {
      input: { messages: [{ role: 'user', content: 'Hello' }] },
      preferred_output: [{ role: 'assistant', content: 'Hi.' }],
      non_preferred_output: [{ role: 'assistant', content: 'Go.' }],
    }
    const [lesson] = samplesOf().of(rowOf('preference', row))
    expect(lesson?.rejected && [learned(lesson.sample), learned(lesson.rejected)]).toEqual(['Hi.', 'Go.'])
  })
})

describe('rows that are longer than a sample may be', () => {
  const long = chat('Hello!', 'one two three four five six seven eight nine ten eleven twelve')

  it('are dropped and counted', () => {
    const samples = samplesOf({ sequenceLength: 20 })
    expect(samples.of(rowOf('chatml', long))).toEqual([])
    expect(samples.counts).toMatchObject({ samples: 0, tooLong: 1 })
  })

  it('are cut where that is asked for', () => {
    const samples = samplesOf({ sequenceLength: 20, excess: 'truncate' })
    expect(samples.of(rowOf('chatml', long))[0]?.sample.tokens).toHaveLength(20)
    expect(samples.counts).toMatchObject({ samples: 1, truncated: 1 })
  })

  it('end the training where that is asked for', () => {
    expect(() => samplesOf({ sequenceLength: 20, excess: 'raise' }).of(rowOf('chatml', long))).toThrow(BadRow)
  })
})

describe('what is wrong with a row is told with its field', () => {
  it.each<[RowType, unknown, string]>([
    ['chatml', { messages: [{ role: 'user', content: 'Hi' }] }, 'messages'],
    ['chatml', { messages: [{ role: 'robot', content: 'Hi' }] }, 'messages.0.role'],
    ['chatml', { messages: [{ role: 'assistant', content: 'Hi', weight: 2 }] }, 'messages.0.weight'],
    ['chatml', { messages: [{ role: 'assistant', content: '' }] }, 'messages.0.content'],
    ['alpaca', { instruction: 'Say it.' }, 'output'],
    ['completion', { text: 5 }, 'text'],
    ['sharegpt', { conversations: [{ from: 'dog', value: 'wuff' }] }, 'conversations.0.from'],
    ['prompt_completion', 'text', ''],
    ['preference', { input: {} }, 'input.messages'],
  ])('%s: %j', (type, row, field) => {
    const read = readRow(type, row)
    expect('faults' in read && read.faults.map((fault) => fault.field)).toContain(field)
  })
})
