import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readNumbers } from '../../gpu-node/trainer/training/checkpoint.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { exportModel } from './export.ts'
import { latestState } from './lesson-run.ts'
import { SHAPE } from './model.ts'
import { LESSONS, workFolder } from './recipe.ts'

// Writes the model as it stands in the middle of a lesson, to be measured while the training goes on.

async function latest(work: string): Promise<string> {
  for (const { stage } of LESSONS.toReversed()) {
    const folder = join(work, stage.name, 'out')
    const isBegun = await stat(folder).catch(() => undefined)
    const state = isBegun && (await latestState(folder))
    if (state !== undefined) return state
  }
  throw new PlainFailure('No training has kept a state yet: npm run starter:train keeps one every 100 steps.')
}

async function main(): Promise<number> {
  const work = workFolder()
  const state = await latest(work)
  const numbers = await readNumbers(state, (name) => !/\.(mean|variance)$/.test(name))
  const to = join(work, 'peek.gguf')
  const vocabulary = JSON.parse(await readFile(join(work, 'vocabulary.json'), 'utf8'))
  await exportModel({ from: join(work, 'untrained.gguf'), to, shape: SHAPE, vocabulary, numbers })
  process.stdout.write(`${state} is now ${to}: npm run starter:evaluate -- --model ${to}\n`)
  return 0
}

if (import.meta.main) await runScript(main)
