import { fileURLToPath } from 'node:url'
import type { Logger } from '../../shared/log.ts'
import { type ChildEnd, ChildProcess } from '../process/child-process.ts'
import { passedEnvironment } from '../process/environment.ts'
import type { ToTrainer, TrainerEvent } from '../trainer/messages.ts'

/** The first word of a trainer comes when Node.js has started: seconds, on a machine that is busy. */
const START_LIMIT_MS = 60_000

export const TRAINER_FILE = fileURLToPath(new URL('../trainer/main.ts', import.meta.url))

export type TrainerProcess = ChildProcess<ToTrainer, TrainerEvent>

export interface TrainerProcessOptions {
  /** Where its own folder is made. */
  folder: string
  /** The first message, which says what it is for. */
  begin: Extract<ToTrainer, { type: 'begin' | 'estimate' }>
  onEvent: (event: TrainerEvent) => void
  onEnd: (end: ChildEnd) => void
  log: Logger
}

/** Starts the process that runs one job, or reckons what it would take. One that falls silent is killed. */
export function startTrainer({ folder, begin, onEvent, onEnd, log }: TrainerProcessOptions): TrainerProcess {
  let isReady = false
  const child: TrainerProcess = new ChildProcess<ToTrainer, TrainerEvent>({
    file: TRAINER_FILE,
    environment: passedEnvironment(process.env),
    scratchParent: folder,
    startLimitMs: START_LIMIT_MS,
    stopMessage: { type: 'stop', keeps: false },
    onMessage: (event) => {
      if (!isReady) child.ready()
      isReady = true
      onEvent(event)
    },
    onOutput: (text) => {
      if (text !== '') log.info('training.output', { text })
    },
    onError: (error) => log.error('training.child', { error: error.message }),
    onEnd,
  })
  child.send(begin)
  return child
}
