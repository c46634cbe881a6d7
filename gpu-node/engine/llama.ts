import type { Logger } from '../../shared/log.ts'
import type { ModelHolding } from '../../shared/node.ts'
import type { Engine, EngineCommand, EngineEvent } from './engine.ts'
import { readGauge, SpeedMeter, watchGauge } from './gauge.ts'
import type { LoadMessage, ModelSpec } from './messages.ts'
import { Supervisor } from './supervisor.ts'

export interface LlamaEngineOptions {
  /** Each gets a process of its own. Ids must differ. */
  models: readonly ModelSpec[]
  /** CPU threads of each model: no more than there are free cores. */
  threads: number
  /** `auto` takes the best GPU there is; false computes on the CPU. */
  gpu: LoadMessage['gpu']
  log: Logger
}

/** An engine of llama.cpp processes; also says which they are. */
export interface LlamaEngine extends Engine {
  /** The processes that run now. */
  readonly pids: readonly number[]
}

/**
 * Loads the models one after the other, each in a supervised process, and resolves when all are ready. Rejects with one
 * sentence when one cannot be loaded; the others are let go then. `emit` gets every event after that, until `close`
 * has resolved; a crashed process is told by `holdings` without its model, and again with it when it is back.
 */
export async function createLlamaEngine(
  options: LlamaEngineOptions,
  emit: (event: EngineEvent) => void,
): Promise<LlamaEngine> {
  const { models, threads, gpu, log } = options
  const speed = new SpeedMeter()
  const supervisors = new Map<string, Supervisor>()
  const all = () => [...supervisors.values()]
  const holdings = (): ModelHolding[] => all().flatMap(({ holding }) => holding ?? [])
  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'step') {
      speed.add(
        event.step.reduce((sum, [, , tokens]) => sum + tokens.length, 0),
        Date.now(),
      )
    }
    emit(event)
  }
  let isStarted = false
  for (const model of models) {
    if (supervisors.has(model.id)) throw new Error(`Two models have the id "${model.id}".`)
    const load: LoadMessage = { type: 'load', model, threads, gpu }
    const onChange = () => {
      if (isStarted) emit({ type: 'holdings', models: holdings() })
    }
    supervisors.set(model.id, new Supervisor({ load, log, onEvent, onChange }))
  }
  await startAll(supervisors)
  isStarted = true
  const stopGauge = watchGauge(
    () =>
      readGauge(
        all().flatMap(({ memory }) => memory ?? []),
        speed.perSecond(Date.now()),
      ),
    (gauge) => emit({ type: 'gauge', gauge }),
  )
  return {
    get models() {
      return holdings()
    },
    get pids() {
      return all().flatMap(({ pid }) => pid ?? [])
    },
    send: (command) => route(command, supervisors, emit),
    async close() {
      stopGauge()
      await Promise.all(all().map((supervisor) => supervisor.close()))
    },
  }
}

/** One after the other, because each looks how much memory is free. */
async function startAll(supervisors: ReadonlyMap<string, Supervisor>): Promise<void> {
  for (const [id, supervisor] of supervisors) {
    try {
      await supervisor.start()
    } catch (thrown) {
      await Promise.all([...supervisors.values()].map((other) => other.close()))
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      throw new Error(`The model "${id}" could not be loaded: ${reason}`, { cause: thrown })
    }
  }
}

function route(
  command: EngineCommand,
  supervisors: ReadonlyMap<string, Supervisor>,
  emit: (event: EngineEvent) => void,
): void {
  const { callId } = command
  if (command.type === 'call.cancel') {
    for (const supervisor of supervisors.values()) supervisor.send(command)
    return
  }
  const { model } = command.request
  const supervisor = supervisors.get(model)
  if (supervisor) {
    supervisor.send(command)
    return
  }
  const message = `This node does not hold the model "${model}".`
  emit({ type: 'call.error', callId, code: 'model_not_found', message, param: 'model' })
}
