import { libraryFolder } from '../../../gpu-node/trainer/ggml/folder.ts'
import { type Bench, BenchSkip } from '../bench.ts'
import { besideFigures } from './beside-figures.ts'
import { costFigures } from './cost-figures.ts'
import { memoryFigures } from './memory-figures.ts'
import { speedFigures } from './speed-figures.ts'

/** The bench of the trainer. */
export const train: Bench = {
  name: 'train',
  summary: 'training: memory against what was reckoned, speed beside PyTorch, costs, a stream beside a job',
  async run(context) {
    if (process.platform !== 'linux') throw new BenchSkip('memory and CPU of a process are read from /proc.')
    if ((await libraryFolder('cpu')) === undefined)
      throw new BenchSkip('the libraries of node-llama-cpp are not installed.')
    return [
      ...(await memoryFigures(context)),
      ...(await speedFigures(context)),
      ...(await costFigures(context)),
      ...(await besideFigures(context)),
    ]
  },
}
