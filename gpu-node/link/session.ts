import type { ErrandCommand } from '../../shared/tasks/errands.ts'
import type { EdgeCommand } from '../../shared/wire.ts'
import type { Engine, EngineCommand, EngineEvent } from '../engine/engine.ts'
import type { LinkErrands } from '../tasks/errands/node-errands.ts'
import type { LinkTasks } from '../tasks/node-tasks.ts'
import type { TaskCommand } from '../tasks/task-attempt.ts'
import type { TrainingCommand, TrainingJobs } from '../training/jobs.ts'
import type { Outbox } from './outbox.ts'

export interface SessionOptions {
  engine: Engine
  outbox: Pick<Outbox, 'send' | 'flushed'>
  /** The jobs of the node, where both sides of the link know of jobs. */
  training?: Pick<TrainingJobs, 'receive' | 'drain'> | undefined
  /** The tasks of this link, where both of its sides know of tasks. */
  tasks?: LinkTasks | undefined
  /** The same of errands. */
  errands?: LinkErrands | undefined
  /** The edge tells this node to drain. */
  onDrain: (limitMs: number) => void
  /** A draining session has nothing left: the last call is over, and the edge has been told. */
  onDrained: () => void
}

/**
 * The calls of one link, from its welcome to its end. An engine knows nothing of links: what it still reports of a call
 * that an earlier link started finds no such call here and is not sent.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #engine: Engine
  readonly #outbox: SessionOptions['outbox']
  readonly #running = new Set<string>()
  #isDraining = false
  /** Draining, it still has jobs, tasks or errands. */
  #isWorking = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#engine = options.engine
    this.#outbox = options.outbox
  }

  /** Whether calls run. */
  get isBusy(): boolean {
    return this.#running.size > 0
  }

  /** Hands a command to the engine. Returns what is wrong with it when the edge may not send it now. */
  receive(command: Exclude<EdgeCommand, { type: 'welcome' }>): string | undefined {
    if (command.type === 'drain') {
      this.#options.onDrain(command.limitMs)
      return
    }
    if ('callId' in command) return this.#receiveCall(command)
    if (command.type === 'adapters.withdraw') {
      if (!this.#engine.withdraw) return `${command.type}: this node fetches no adapters`
      this.#engine.withdraw(command.ids)
      return
    }
    if ('errandId' in command) return this.#receiveErrand(command)
    if ('taskId' in command) return this.#receiveTask(command)
    return this.#receiveTraining(command)
  }

  /** Tells the edge, once, and refuses every call from now on. */
  drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#outbox.send({ type: 'draining' })
    const { training, tasks, errands } = this.#options
    this.#isWorking = true
    void Promise.all([training?.drain(), tasks?.drain(), errands?.drain()]).then(() => {
      this.#isWorking = false
      this.#settle()
    })
  }

  #receiveTask(command: TaskCommand): string | undefined {
    const { tasks } = this.#options
    if (tasks === undefined) return `${command.type}: this node runs no tasks`
    tasks.receive(command)
    return
  }

  #receiveErrand(command: ErrandCommand): string | undefined {
    const { errands } = this.#options
    if (errands === undefined) return `${command.type}: this node does no errands`
    return errands.receive(command)
  }

  #receiveTraining(command: TrainingCommand): string | undefined {
    const { training } = this.#options
    if (training === undefined) return `${command.type}: this node trains nothing`
    training.receive(command)
    return
  }

  #receiveCall(command: EngineCommand): string | undefined {
    const { callId } = command
    if (command.type === 'call.cancel') {
      if (this.#running.has(callId)) this.#engine.send(command)
      return
    }
    if (this.#running.has(callId)) return 'callId: this call is already running'
    if (this.#isDraining) {
      const message = 'This node is draining and takes no new calls.'
      this.#outbox.send({ type: 'call.error', callId, code: 'no_capacity', message })
      return
    }
    this.#running.add(callId)
    this.#engine.send(command)
  }

  deliver(event: EngineEvent): void {
    switch (event.type) {
      case 'step':
        this.#deliverStep(event)
        break
      case 'call.vectors':
        if (this.#running.has(event.callId)) this.#outbox.send(event)
        break
      case 'call.end':
      case 'call.error':
        if (!this.#running.delete(event.callId)) break
        this.#outbox.send(event)
        this.#settle()
        break
      case 'gauge':
      case 'holdings':
        this.#outbox.send(event)
        break
      default:
        event satisfies never
    }
  }

  /** Cancels everything: the edge has failed these calls already, or is about to. */
  end(): void {
    for (const callId of this.#running) this.#engine.send({ type: 'call.cancel', callId })
    this.#running.clear()
    this.#options.tasks?.end()
    this.#options.errands?.end()
  }

  #settle(): void {
    if (this.#isDraining && !this.#isWorking && this.#running.size === 0) {
      void this.#outbox.flushed().then(() => this.#options.onDrained())
    }
  }

  #deliverStep(event: Extract<EngineEvent, { type: 'step' }>): void {
    const isOurs = ([callId]: (typeof event.step)[number]) => this.#running.has(callId)
    // Nearly always all are: then the event goes out as it came.
    const step = event.step.every(isOurs) ? event.step : event.step.filter(isOurs)
    if (step.length > 0) this.#outbox.send(step === event.step ? event : { type: 'step', step })
  }
}
