import { type BenchContext, BenchSkip, type Figure } from '../bench.ts'
import { median, spreadOf } from '../statistics.ts'
import { type Case, jobOf, nameOf, TRAINED_RANK, TRAINED_SHAPES, USUAL_LENGTH } from './cases.ts'
import { pythonWithTorch, pytorchSpeed } from './pytorch.ts'
import { runTrainer, type TrainerRun } from './trainer.ts'

/** Tokens per second of CPU ÷ those of PyTorch, at least. */
const TARGETS = {
  '135m': { F32: 1.15, Q8_0: 1.4, Q4_0: 1.3 },
  '32m': { F32: 0.9, Q8_0: 1.05, Q4_0: 1 },
} as const

const WEIGHT_TYPES = ['F32', 'Q8_0', 'Q4_0'] as const

/** Each is measured so often, in turns: what else runs on the machine then meets all of them. */
const ROUNDS = 3

/** The first is not timed: graphs are made, and memory is touched, in it. */
const TIMED_STEPS = { '135m': 2, '32m': 6 } as const

/** Tokens per second of CPU between the first step that was told and the last. */
function speedOf({ events }: TrainerRun): number {
  const steps = events.flatMap(({ event, cpuMs }) =>
    event.type === 'progress' && cpuMs !== undefined ? [{ tokens: event.trainedTokens, cpuMs }] : [],
  )
  const [first, last] = [steps[0], steps.at(-1)]
  if (first === undefined || last === undefined || last.cpuMs <= first.cpuMs)
    throw new BenchSkip('this system does not tell how much a process computes.')
  return ((last.tokens - first.tokens) / (last.cpuMs - first.cpuMs)) * 1_000
}

async function measure(
  size: keyof typeof TARGETS,
  python: string | undefined,
  context: BenchContext,
): Promise<Figure[]> {
  const { signal, note } = context
  const steps = TIMED_STEPS[size]
  const torch: number[] = []
  const ours = new Map<string, number[]>(WEIGHT_TYPES.map((type) => [type, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    if (python !== undefined) {
      const options = { shape: TRAINED_SHAPES[size], tokens: USUAL_LENGTH, rank: TRAINED_RANK, steps }
      const speed = await pytorchSpeed({ python, ...options }, signal)
      if (speed === undefined) note('PyTorch multiplies without OpenBLAS here: nothing to compare with.')
      else torch.push(speed)
    }
    for (const type of WEIGHT_TYPES) {
      const each: Case = { shape: size, type, steps: steps + 1 }
      const run = await runTrainer({ type: 'begin', job: await jobOf(each, context) }, signal)
      ours.get(type)?.push(speedOf(run))
    }
  }
  const peer = torch.length > 0 ? median(torch) : undefined
  if (peer !== undefined) note(`${size}: PyTorch ${peer.toFixed(0)} tokens per CPU second`)
  return WEIGHT_TYPES.flatMap((type) => {
    const speeds = ours.get(type) ?? []
    const name = nameOf({ shape: size, type, steps })
    note(`${name}: ${median(speeds).toFixed(0)} tokens per CPU second`)
    const own = { name: `${name}: tokens per CPU second`, value: median(speeds), unit: '' }
    if (peer === undefined) return [{ ...own, spread: spreadOf(speeds) }]
    const ratio = { name: `${name}: ÷ PyTorch`, value: median(speeds) / peer, unit: '' }
    return [
      { ...own, spread: spreadOf(speeds) },
      { ...ratio, target: { atLeast: TARGETS[size][type] } },
    ]
  }).concat(
    peer === undefined
      ? []
      : [
          {
            name: `${size}: PyTorch’s tokens per CPU second`,
            value: peer,
            unit: '',
            spread: spreadOf(torch),
          },
        ],
  )
}

/** Tokens per second of CPU, beside PyTorch's where it is installed. */
export const speedFigures =
  (size: keyof typeof TARGETS) =>
  async (context: BenchContext): Promise<Figure[]> => {
    const python = await pythonWithTorch(context.signal)
    if (python === undefined)
      context.note('Without python3-torch there is nothing to compare with: speeds are the trainer’s alone.')
    return measure(size, python, context)
  }
