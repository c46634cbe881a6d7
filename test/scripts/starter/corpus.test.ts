import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVocabulary } from '../../../gpu-node/engine/native/vocabulary.ts'
import { createPromptReader } from '../../../gpu-node/engine/text/prompt.ts'
import type { Vocabulary } from '../../../gpu-node/engine/vocabulary.ts'
import { Samples } from '../../../gpu-node/trainer/samples/samples.ts'
import { linesOf, STAGES, type Stage } from '../../../scripts/starter/corpus.ts'
import { FAMILIES } from '../../../scripts/starter/evaluation.ts'
import { CONTEXT_TOKENS } from '../../../scripts/starter/model.ts'
import { ask } from '../../../scripts/starter/rephrasing.ts'
import { filled, isKeptBack, Source } from '../../../scripts/starter/source.ts'
import { TrainingRow } from '../../../shared/training-rows.ts'
import { STARTER } from '../../gpu-node/engine/running-engine.ts'

const someOf = (stage: Stage, talks: number, seed = 1): string[] => [...linesOf({ ...stage, talks }, seed)]

function asked(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const row = TrainingRow.parse(JSON.parse(line))
    if (row.kind !== 'chat') return []
    return row.turns.flatMap(({ message }) => (message.role === 'user' ? [message.content] : []))
  })
}

describe.each(STAGES)('the talks of the stage $name', (stage) => {
  it('are rows that the trainer takes, in which every answer is learned and nothing else', () => {
    for (const line of someOf(stage, 60)) {
      const row = TrainingRow.parse(JSON.parse(line))
      if (row.kind !== 'chat') throw new Error('A talk is a chat.')
      expect(row.turns.at(-1)?.message.role).toBe('assistant')
      for (const { message, isLearned } of row.turns) expect(isLearned).toBe(message.role === 'assistant')
    }
  })

  it('are the same for the same seed, and others for another', () => {
    expect(someOf(stage, 20, 7)).toEqual(someOf(stage, 20, 7))
    expect(someOf(stage, 20, 7)).not.toEqual(someOf(stage, 20, 8))
  })
})

describe('the talks, as the starter reads them', () => {
  let vocabulary: Vocabulary

  beforeAll(async () => {
    const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
    vocabulary = createVocabulary(await llama.loadModel({ modelPath: STARTER, vocabOnly: true }))
  })

  // One that is other tokens when it is read again than when it was written is learned by one answer at a time: three times the work.
  it.each(STAGES)('are one lesson each in the stage $name, calls and queries too', (stage) => {
    const samples = new Samples({
      reader: createPromptReader({ vocabulary, contextTokens: 2 * CONTEXT_TOKENS }),
      vocabulary,
      sequenceLength: 2 * CONTEXT_TOKENS,
      excess: 'raise',
      trainsOnInputs: false,
    })
    const lessons = someOf(stage, 100).map((line) => samples.of(TrainingRow.parse(JSON.parse(line))).length)
    expect(new Set(lessons)).toEqual(new Set([1]))
  })
})

describe('what is measured', () => {
  it.each(FAMILIES)('was never learned: $name', ({ make }) => {
    const learned = new Set(STAGES.flatMap((stage) => asked(someOf(stage, 800))))
    const source = new Source(3, 'held')
    const questions = Array.from({ length: 60 }, () =>
      make(source).turns.findLast(({ role }) => role === 'user'),
    )
    for (const question of questions) expect(learned).not.toContain(question?.content)
  })
})

describe('a source', () => {
  it('says what is held out only where it measures', () => {
    const frames = { train: ['learned {x}'], held: ['measured {x}'] }
    expect(new Source(1, 'train').say(frames, { x: 'a' })).toBe('learned a')
    expect(new Source(1, 'held').say(frames, { x: 'a' })).toBe('measured a')
  })

  it('names the gap of a frame for which it has nothing, whatever it is called', () => {
    expect(() => filled('{constructor}', {})).toThrow('Nothing was given for "constructor"')
  })

  it('keeps back one combination in seventeen, always the same ones', () => {
    const pairs = Array.from({ length: 100 }, (_, a) =>
      Array.from({ length: 100 }, (__, b) => [a, '+', b] as const),
    ).flat()
    const kept = pairs.filter((pair) => isKeptBack(...pair))
    expect(kept.length).toBeGreaterThan(500)
    expect(kept.length).toBeLessThan(700)
    expect(pairs.filter((pair) => isKeptBack(...pair))).toEqual(kept)
  })
})

describe('a question in other words', () => {
  const frames = {
    train: ['What is the capital of {country}?', 'Tell me the capital of {country}.'],
    held: ['Name the capital of {country}.', 'Which is the capital of {country}?'],
  }

  it('asks for the same in many ways, and never in one that is only measured', () => {
    const source = new Source(9, 'train')
    const asked = new Set(Array.from({ length: 4_000 }, () => ask(source, frames, { country: 'Peru' })))
    expect(asked.size).toBeGreaterThan(300)
    for (const question of asked) {
      expect(question).toContain('Peru')
      expect(question.toLowerCase()).not.toMatch(/^(?:name|which is) the capital of peru\W*$/)
    }
  })

  it('is asked as it stands where it is measured', () => {
    const source = new Source(9, 'held')
    const asked = new Set(Array.from({ length: 200 }, () => ask(source, frames, { country: 'Peru' })))
    expect(asked).toEqual(new Set(['Name the capital of Peru.', 'Which is the capital of Peru?']))
  })
})
