import type { TrainingReport } from '../../shared/training.ts'
import type { ChildMemory } from '../engine/messages.ts'
import type { TrainerEvent, TrainerJob } from '../trainer/messages.ts'
import { Courtesy } from './courtesy.ts'
import { sentenceOf } from './endings.ts'
import type { TrainingHost } from './host.ts'
import { startTrainer, type TrainerProcess } from './trainer-process.ts'

type Event<Type extends TrainerEvent['type']> = Extract<TrainerEvent, { type: Type }>

/** How it ended: as the trainer told, or `died` without a word. */
export type LearningEnd = Event<'completed' | 'failed' | 'stopped'> | { type: 'died' }

export interface LearningOptions {
  host: Pick<TrainingHost, 'build' | 'isServing' | 'log'>
  /** Where the process makes its own folder. */
  folder: string
  job: TrainerJob
  tell: (report: TrainingReport) => void
  onCheckpoint: (checkpoint: Event<'checkpoint'>) => void
}

/** A trainer's process while it learns. */
export class Learning {
  readonly #options: LearningOptions
  readonly #child: TrainerProcess
  readonly #courtesy: Courtesy | undefined
  readonly #ended = Promise.withResolvers<LearningEnd>()
  #end: LearningEnd = { type: 'died' }
  #rssMiB: number | undefined
  #started: Event<'started'> | undefined

  constructor(options: LearningOptions) {
    this.#options = options
    const { host, folder, job } = options
    this.#child = startTrainer({
      folder,
      begin: { type: 'begin', job },
      onEvent: (event) => this.#receive(event),
      onEnd: ({ cause, code, signal }) => {
        this.#courtesy?.stop()
        host.log.info('training.exit', { cause, code, signal, end: this.#end.type })
        this.#ended.resolve(this.#end)
      },
      log: host.log,
    })
    this.#courtesy =
      host.build === 'cpu'
        ? undefined
        : new Courtesy({
            isServing: () => host.isServing(),
            hold: () => this.#child.send({ type: 'hold' }),
            release: () => this.#child.send({ type: 'release' }),
          })
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<LearningEnd> {
    return this.#ended.promise
  }

  /** Its beginning, as soon as it learns. */
  get started(): Event<'started'> | undefined {
    return this.#started
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Its memory as measured; undefined before that. */
  get memory(): ChildMemory | undefined {
    return this.#rssMiB === undefined
      ? undefined
      : { rssMiB: this.#rssMiB, vramUsedMiB: null, vramTotalMiB: null }
  }

  /** Within one window it writes a checkpoint and ends. */
  leave(): void {
    this.#child.send({ type: 'stop', keeps: true })
  }

  kill(): void {
    this.#child.kill()
  }

  #receive(event: TrainerEvent): void {
    const { tell, onCheckpoint } = this.#options
    switch (event.type) {
      case 'alive':
        if (event.rssMiB > 0) this.#rssMiB = event.rssMiB
        break
      case 'started': {
        this.#started = event
        const { type: _, settings, ...rest } = event
        tell({ kind: 'started', settings: { ...settings }, ...rest })
        break
      }
      case 'warning':
        tell({ kind: 'warning', code: event.code, message: sentenceOf(event.message) })
        break
      case 'progress':
      case 'validation': {
        const { type: kind, ...rest } = event
        tell({ kind, ...rest } as TrainingReport) // each by its own fields
        break
      }
      case 'checkpoint':
        onCheckpoint(event)
        break
      case 'completed':
      case 'failed':
      case 'stopped':
        this.#end = event
        break
      case 'estimated':
        break
      default:
        event satisfies never
    }
  }
}
