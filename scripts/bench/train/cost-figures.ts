import { CHECKPOINT_INTERVAL_MS } from '../../../gpu-node/trainer/session.ts'
import { PROGRESS_INTERVAL_MS } from '../../../shared/training.ts'
import { type BenchContext, BenchSkip, type Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import { jobOf } from './cases.ts'
import type { TellerApi } from './teller.ts'
import { runTrainer, type TrainerRun } from './trainer.ts'

/** Shares of a run's time. */
const TARGETS = { checkpoints: 0.02, progress: 0.01 }

const STEPS = 5
const TOLD_EVENTS = 20_000

/** Times between the word of a step and that of the checkpoint behind it. */
function checkpointTimes({ events }: TrainerRun): number[] {
  const told = events.filter(({ event }) => event.type !== 'alive') // each second, whatever else is told
  return told.flatMap(({ event, atMs }, index) => {
    const before = told[index - 1]
    const follows = event.type === 'checkpoint' && before?.event.type === 'progress'
    return follows ? [atMs - before.atMs] : []
  })
}

/** The costs of checkpoints and of progress, as shares of a run's time. */
export async function costFigures(context: BenchContext): Promise<Figure[]> {
  const { signal, note } = context
  const job = await jobOf({ shape: '135m', type: 'Q8_0', steps: STEPS, saveSteps: 1 }, context)
  const times = checkpointTimes(await runTrainer({ type: 'begin', job }, signal))
  if (times.length === 0) throw new BenchSkip('no checkpoint was written.')
  const teller = new HelperProcess<TellerApi>({
    file: new URL('./teller.ts', import.meta.url),
    profileDir: undefined,
  })
  const told = await teller.ask('tell', { count: TOLD_EVENTS }, signal).finally(() => teller.stop())
  const [checkpoint, event] = [median(times), told.cpuMs / TOLD_EVENTS]
  note(`a checkpoint takes ${checkpoint.toFixed(0)} ms, an event of progress ${event.toFixed(3)} ms`)
  return [
    { name: '135m: a checkpoint', value: checkpoint, unit: 'ms', spread: spreadOf(times) },
    {
      name: '135m: checkpoints, of the time between them',
      value: checkpoint / CHECKPOINT_INTERVAL_MS,
      unit: '',
      target: { atMost: TARGETS.checkpoints },
    },
    {
      name: 'progress, of the time between its events',
      value: event / PROGRESS_INTERVAL_MS,
      unit: '',
      target: { atMost: TARGETS.progress },
    },
  ]
}
