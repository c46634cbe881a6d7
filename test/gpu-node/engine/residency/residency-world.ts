import type { EngineCommand, EngineEvent } from '../../../../gpu-node/engine/engine.ts'
import type { ChildMemory } from '../../../../gpu-node/engine/messages.ts'
import { Residency } from '../../../../gpu-node/engine/residency/residency.ts'
import type { ModelRunner, RunnerEvents } from '../../../../gpu-node/engine/residency/resident.ts'
import { createLogger } from '../../../../shared/log.ts'
import { endOf, MODEL, startOf } from '../../fake-engine.ts'

interface RunnerHooks {
  started: (id: string) => Promise<void>
  took: (runner: FakeRunner, callId: string) => void
}

/** A model's process without a process. It is ready when the test says so, or at once. */
export class FakeRunner implements ModelRunner {
  readonly id: string
  readonly calls = new Set<string>()
  readonly events: RunnerEvents
  readonly pid = undefined
  memory: ChildMemory | undefined
  isReady = false
  /** Adapters with a context. */
  readonly open = new Set<string>()
  readonly #started: (id: string) => Promise<void>
  readonly #took: (runner: FakeRunner, callId: string) => void

  constructor(id: string, events: RunnerEvents, { started, took }: RunnerHooks) {
    this.id = id
    this.events = events
    this.#started = started
    this.#took = took
  }

  get holding() {
    return this.isReady ? { ...MODEL, id: this.id } : undefined
  }

  get openCalls(): number {
    return this.calls.size
  }

  async start(): Promise<void> {
    await this.#started(this.id)
    this.isReady = true
  }

  async openAdapter(suffix: string): Promise<void> {
    await this.#started(`${this.id}:${suffix}`)
    this.open.add(suffix)
  }

  async closeAdapter(suffix: string): Promise<void> {
    this.open.delete(suffix)
  }

  /** The process ends and is being started again, until `recover`. */
  crash(): void {
    this.isReady = false
    this.open.clear()
    for (const callId of [...this.calls]) this.fail(callId)
    this.events.onChange()
  }

  recover(): void {
    this.isReady = true
    this.events.onChange()
  }

  fail(callId: string): void {
    this.calls.delete(callId)
    this.events.onEvent({ type: 'call.error', callId, code: 'node_failed', message: 'It ended.' })
  }

  send(command: EngineCommand): void {
    if (command.type === 'call.cancel') this.finish(command.callId)
    else {
      this.calls.add(command.callId)
      if (this.isReady) this.#took(this, command.callId)
      else this.fail(command.callId)
    }
  }

  finish(callId: string): void {
    if (this.calls.delete(callId)) this.events.onEvent(endOf(callId))
  }

  async close(): Promise<void> {
    this.isReady = false
    for (const callId of [...this.calls]) this.finish(callId)
  }
}

interface WorldOptions {
  memoryMiB?: number
  /** Of each model, 5 MiB each. */
  adapters?: readonly string[]
  /** By what calls name. */
  started?: (id: string) => Promise<void>
  /** The time of every load that is not of the start; it also waits for `started`. */
  loadMs?: number
  /** A runner has got a call. */
  took?: (runner: FakeRunner, callId: string) => void
  /** In MiB, by id. */
  models?: Readonly<Record<string, number>>
}

/** Models a, b and c of 10 MiB each, unless there are others. */
export async function createWorld(options: WorldOptions = {}) {
  const { memoryMiB = 20, adapters = [], loadMs = 0, models = { a: 10, b: 10, c: 10 } } = options
  const { started = () => Promise.resolve(), took = () => {} } = options
  let isStarted = false
  // On the clock of the test, which the test moves.
  const load = async (id: string): Promise<void> => {
    // No wait of real time: how long a load takes on the test's own, fake clock.
    if (isStarted && loadMs > 0) await new Promise((resolve) => setTimeout(resolve, loadMs))
    await started(id)
  }
  const events: EngineEvent[] = []
  const runners: FakeRunner[] = []
  const residency = new Residency({
    models: Object.entries(models).map(([id, needMiB]) => ({
      holding: { ...MODEL, id },
      needMiB,
      adapters: adapters.map((suffix) => ({ holding: { suffix, createdAt: 0 }, needMiB: 5 })),
    })),
    memoryMiB,
    createRunner: (id, runnerEvents) => {
      const runner = new FakeRunner(id, runnerEvents, { started: load, took })
      runners.push(runner)
      return runner
    },
    emit: (event) => events.push(event),
    log: createLogger(() => {}),
  })
  await residency.start()
  isStarted = true
  return {
    residency,
    events,
    runners,
    start: (callId: string, model: string) =>
      residency.send({ ...startOf(callId), request: { ...startOf(callId).request, model } }),
    cancel: (callId: string) => residency.send({ type: 'call.cancel', callId }),
    runnerOf: (id: string) => runners.findLast((runner) => runner.id === id),
    residences: () => residency.holdings.map(({ id, residence = 'loaded' }) => `${id}:${residence}`),
    /** Adapters by what calls name. */
    adapterResidences: () =>
      residency.holdings.flatMap(({ id, adapters: held = [] }) =>
        held.map(({ suffix, residence = 'loaded' }) => `${id}:${suffix}:${residence}`),
      ),
    outcomeOf: (callId: string) =>
      events.find(
        (event) => (event.type === 'call.end' || event.type === 'call.error') && event.callId === callId,
      ),
    /** Lets everything happen that waits for nothing else. */
    settle: async () => {
      for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
    },
  }
}
