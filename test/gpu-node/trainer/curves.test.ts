import { expect, it } from 'vitest'
import curves from '../../fixtures/training-curves/curves.json' with { type: 'json' }
import { CURVE_ADAM, CURVE_MODELS, curveOf } from './curve-cases.ts'
import { openTrainer, randomModel } from './training-world.ts'

const reference = new Map(Object.entries(curves))

it.each([...CURVE_MODELS])(
  'forty steps of %s go as PyTorch goes them, in loss and in length of the gradient',
  async (name, options) => {
    const trainer = await openTrainer(await randomModel(options), { adam: CURVE_ADAM })
    const { losses, norms } = await curveOf(trainer)
    trainer.close()
    const expected = reference.get(name)
    if (expected === undefined) throw new Error('There is a curve for each model.')
    expect(losses.length).toBe(expected.losses.length)
    for (const [step, loss] of losses.entries()) {
      const [theirs = 0, norm = 0] = [expected.losses[step], expected.norms[step]]
      expect(Math.abs(loss - theirs) / theirs, `loss of step ${step}`).toBeLessThan(1e-4)
      expect(Math.abs((norms[step] ?? 0) - norm) / norm, `norm of step ${step}`).toBeLessThan(1e-3)
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.5)
  },
)
