import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Answerer } from '../../../scripts/starter/answering.ts'
import { scoresOf, tableOf, withMeasured } from '../../../scripts/starter/card.ts'
import {
  EXAMPLES_FAMILY,
  evaluate,
  exampleTalks,
  FAMILIES,
  longTalks,
  play,
  playEvening,
} from '../../../scripts/starter/evaluation.ts'
import { CARD_PATH, STARTER_PATH } from '../../../scripts/starter/paths.ts'

// Beside whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

/** Two hundred prompts, from a seed with which nothing was ever chosen or reported; fewer of what takes long to ask. */
const PROMPTS = 24
const FEWER: ReadonlyMap<string, number> = new Map([
  ['queries', 8],
  ['choosing tools', 12],
  ['memory, to 1,500 tokens', 12],
])
const SEED = 70_001

/**
 * A sample may fall short of its card by chance: by more than this many deviations of independent prompts it does not. They share
 * frames, and so are missed together: of six samples of 80 sums, one was 2.2 of them below their mean.
 */
const DEVIATIONS = 4
/** No share is known so well that a sample could not miss a few. */
const SUREST = 0.97

const card = await readFile(CARD_PATH, 'utf8')

describe('the card of the model that comes along', () => {
  let answerer: Answerer
  beforeAll(async () => {
    answerer = await Answerer.open(STARTER_PATH, 8)
  })
  afterAll(() => answerer.close())

  it('names every family that is measured', () => {
    const names = scoresOf(card).map(({ family }) => family)
    for (const { name } of FAMILIES) expect(names).toContain(name)
    expect(names).toContain(EXAMPLES_FAMILY)
  })

  it.each(FAMILIES.map((family, place) => [family.name, family, place] as const))(
    'promises no more than a sample keeps: %s',
    async (name, family, place) => {
      const promised = scoresOf(card).find((score) => score.family === name)?.share ?? Number.NaN
      const prompts = FEWER.get(name) ?? PROMPTS
      const judged = await evaluate({
        ...{ answerer, perFamily: prompts, seed: SEED + place * 1_000, atOnce: 8, families: [family] },
      })
      const right = judged.filter(({ isRight }) => isRight).length
      const share = Math.min(promised, SUREST)
      const deviation = Math.sqrt(prompts * share * (1 - share))
      expect(judged).toHaveLength(prompts)
      expect(right).toBeGreaterThanOrEqual(prompts * share - DEVIATIONS * deviation)
    },
  )

  it('compares long talks with the same questions, each asked alone', async () => {
    const [evening] = longTalks(1, SEED)
    if (evening === undefined) throw new Error('There is a talk.')
    const { inTalk, alone } = await playEvening(answerer, evening)
    const questions = ({ asked, wanted }: { asked: string; wanted: string }) => ({ asked, wanted })
    expect(alone.length).toBeGreaterThan(13)
    expect(inTalk.map(questions)).toEqual(alone.map(questions))
  })

  it('promises no more of the contracts’ own examples than it keeps', async () => {
    const promised = scoresOf(card).find(({ family }) => family === EXAMPLES_FAMILY)
    const judged = (await Promise.all(exampleTalks().map((talk) => play(answerer, talk)))).flat()
    const share = judged.filter(({ isRight }) => isRight).length / judged.length
    expect(share).toBeGreaterThanOrEqual((promised?.share ?? Number.NaN) - 0.001)
  })
})

describe('what a card says of scores', () => {
  const BEFORE = `# A model\n\nWords.\n\n${card.slice(card.indexOf('<!-- measured'))}`

  it('is read as it was written, and the rest of the card stays', () => {
    const scores = [
      { family: 'sums', prompts: 60, share: 0.6, goal: 0.95 },
      { family: 'queries', prompts: 40, share: 0.9, goal: 0.9, freeShare: 0.325 },
      { family: 'in talks of twenty turns', prompts: 7, share: 1 },
    ]
    const written = withMeasured(BEFORE, tableOf(scores))
    expect(scoresOf(written)).toEqual(scores)
    expect(written.startsWith('# A model\n\nWords.\n')).toBe(true)
    expect(withMeasured(written, tableOf(scores))).toBe(written)
  })

  it('has a place in it, or is not written', () => {
    expect(() => withMeasured('# A card without one', '')).toThrow('no place')
  })
})
