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

/** Random words, said twice; what was said before the second time is not asked for. */
function twice(random: Random, count: number): Sample {
  const once = Array.from({ length: count }, () => 259 + random.below(VOCABULARY - 259))
  const tokens = [...once, ...once]
  // The first word of the repeat is nobody's guess.
  return { tokens, weights: tokens.map((_, place) => (place > count ? 1 : 0)) }
}

describe('a starter that has learned nothing', () => {
  it.each([
    [40, 0.5],
    [500, 0.2],
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
