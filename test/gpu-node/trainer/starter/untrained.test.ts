import { describe, expect, it } from 'vitest'
import { Random } from '../../../../gpu-node/trainer/training/random.ts'
import type { Sample } from '../../../../gpu-node/trainer/training/window.ts'
import { SHAPE, writeUntrained } from '../../../../scripts/starter/model.ts'
import { vocabularyOf } from '../../../../scripts/starter/tokenizer.ts'
import { ANGLES } from '../../../../scripts/starter/wiring.ts'
import { openTrainer, scratchFile } from '../training-world.ts'

const CONTEXT = 2_048
const VOCABULARY = 2_048
const words = vocabularyOf(Array.from({ length: VOCABULARY - 259 }, (_, place) => `word${place}`))

const anyWord = (random: Random): number => 259 + random.below(VOCABULARY - 259)
/** The end of a turn, as every talk has it. */
const MARK = 2
const QUESTIONS = 20

/** Random words, said twice; what was said before the second time is not asked for. */
function twice(random: Random, count: number): Sample {
  const once = Array.from({ length: count }, () => anyWord(random))
  const tokens = [...once, ...once]
  // The first word of the repeat is nobody's guess.
  return { tokens, weights: tokens.map((_, place) => (place > count ? 1 : 0)) }
}

describe('a starter that has learned nothing', () => {
  it.each([
    [40, 0.4],
    [500, 0.15],
  ])(
    'goes on with what it reads for the second time, %d words later, in a share of %d',
    async (count, share) => {
      const path = scratchFile()
      await writeUntrained(path, { ...SHAPE, layers: 2 }, words, 1)
      const trainer = await openTrainer(path, {
        method: { kind: 'full' },
        sequenceLength: 2 * count,
        contextTokens: CONTEXT,
      })
      const rows = await trainer.evaluate([twice(new Random(5), count)], 1_024)
      trainer.close()
      expect(rows).toHaveLength(count - 1)
      expect(rows.filter(({ isRight }) => isRight).length / rows.length).toBeGreaterThan(share)
    },
  )

  it('holds what stands behind the word that it is asked for likelier than what stands behind others', async () => {
    const path = scratchFile()
    await writeUntrained(path, { ...SHAPE, layers: 3 }, words, 1)
    const trainer = await openTrainer(path, {
      method: { kind: 'full' },
      sequenceLength: 64,
      contextTokens: CONTEXT,
    })
    const random = new Random(3)
    let found = 0
    for (let question = 0; question < QUESTIONS; question += 1) {
      const pairs = Array.from({ length: 8 }, () => [anyWord(random), anyWord(random)] as const)
      const asked = random.below(pairs.length)
      const told = pairs.flatMap(([key, value]) => [key, value, MARK])
      const likelihoods: number[] = []
      for (const [, answer] of pairs) {
        const tokens = [...told, MARK, MARK, pairs[asked]?.[0] ?? 0, MARK, MARK, MARK, MARK, MARK, answer]
        const weights = tokens.map((_, place) => (place === tokens.length - 1 ? 1 : 0))
        const [outcome] = await trainer.evaluate([{ tokens, weights }], 64)
        likelihoods.push(outcome?.logProbability ?? Number.NaN)
      }
      if (Math.max(...likelihoods) === likelihoods[asked]) found += 1
    }
    trainer.close()
    expect(found).toBeGreaterThan(QUESTIONS / 3)
  })

  it('tells the word before from that at every other distance of its context', () => {
    const alike = (distance: number) =>
      ANGLES.reduce((sum, angle) => sum + Math.cos((distance - 1) * angle), 0)
    const others = Array.from({ length: CONTEXT }, (_, distance) => distance).filter(
      (distance) => distance !== 1,
    )
    expect(alike(1)).toBe(ANGLES.length)
    expect(Math.max(...others.map(alike))).toBeLessThan(ANGLES.length * 0.7)
  })
})
