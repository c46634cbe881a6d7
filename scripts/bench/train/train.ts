import { libraryFolder } from '../../../gpu-node/trainer/ggml/folder.ts'
import { type Bench, type BenchContext, BenchSkip, type Figure } from '../bench.ts'
import { besideFigures } from './beside-figures.ts'
import { costFigures } from './cost-figures.ts'
import { memoryFigures } from './memory-figures.ts'
import { speedFigures } from './speed-figures.ts'

const part = (
  name: string,
  summary: string,
  figures: (context: BenchContext) => Promise<Figure[]>,
): Bench => ({
  name: `train:${name}`,
  summary: `training: ${summary}`,
  async run(context) {
    if (process.platform !== 'linux') throw new BenchSkip('memory and CPU of a process are read from /proc.')
    if ((await libraryFolder('cpu')) === undefined)
      throw new BenchSkip('the libraries of node-llama-cpp are not installed.')
    return figures(context)
  },
})

/** The benches of the trainer, each of a few minutes. */
export const train: readonly Bench[] = [
  part('memory', 'memory against what was reckoned', memoryFigures),
  part('speed-135m', 'tokens per second of CPU beside PyTorch, 135 million weights', speedFigures('135m')),
  part('speed-32m', 'the same of 32 million weights', speedFigures('32m')),
  part('costs', 'what checkpoints and progress cost', costFigures),
  part('beside', 'a stream beside a job', besideFigures),
]
