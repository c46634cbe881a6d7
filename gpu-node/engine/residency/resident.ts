import type { AdapterHolding, ModelHolding, Residence } from '../../../shared/node.ts'
import { adapterModelId } from '../../../shared/node.ts'
import type { DescribedAdapter, ModelDescription } from '../child/model-description.ts'
import type { EngineCommand, EngineEvent } from '../engine.ts'
import type { ChildMemory } from '../messages.ts'
import { WaitingCalls } from './waiting-calls.ts'

/** The server of one model while it is in memory. */
export interface ModelRunner {
  /** Undefined while it is not ready. */
  readonly holding: ModelHolding | undefined
  readonly memory: ChildMemory | undefined
  /** Calls of the model and of its adapters. */
  readonly openCalls: number
  readonly pid: number | undefined
  /** Rejects with one sentence; then nothing runs and nothing will. */
  start(): Promise<void>
  send(command: EngineCommand): void
  /** Makes a context with an adapter. Rejects with one sentence; with `ProcessEnded` when that took the model along. */
  openAdapter(suffix: string): Promise<void>
  /** Lets go of it. Not while it has calls. */
  closeAdapter(suffix: string): Promise<void>
  close(): Promise<void>
}

export interface RunnerEvents {
  onEvent: (event: EngineEvent) => void
  onChange: () => void
}

/** The process of a model ended while something was asked of it. */
export class ProcessEnded extends Error {}

interface Loadable {
  /** The id by which calls name it. */
  readonly id: string
  residence: Residence
  readonly waiting: WaitingCalls
  /** Counts up with every call of any model. */
  usedAt: number
  failures: number
  retryAt: number
  /** When it was loaded, by `performance.now`, and how long that took. */
  loadedAt: number
  loadMs: number
  /** When a call of it ended, of those since it was loaded: the last one. */
  lastEndAt: number | undefined
  /** It is to make room: what runs goes on, and new calls wait. */
  isDraining: boolean
}

/** A model, in memory or not. */
export interface ResidentModel extends Loadable {
  readonly kind: 'model'
  readonly description: ModelDescription
  runner: ModelRunner | undefined
  readonly adapters: ResidentAdapter[]
}

/** A LoRA adapter of a model: in memory it is a context in the process of its model, with a cache of its own. */
export interface ResidentAdapter extends Loadable {
  readonly kind: 'adapter'
  readonly model: ResidentModel
  readonly holding: AdapterHolding
  readonly needMiB: number
  readonly openCalls: Set<string>
}

export type Resident = ResidentModel | ResidentAdapter

type OnTimeout = (resident: Resident, callId: string) => void

const loadable = (id: string, find: () => Resident, onTimeout: OnTimeout): Loadable => ({
  id,
  residence: 'disk',
  waiting: new WaitingCalls((callId) => onTimeout(find(), callId)),
  usedAt: 0,
  failures: 0,
  retryAt: 0,
  loadedAt: 0,
  loadMs: 0,
  lastEndAt: undefined,
  isDraining: false,
})

/** An adapter that is on disk; its model knows it from now on. */
export function createResidentAdapter(
  model: ResidentModel,
  { holding, needMiB }: DescribedAdapter,
  onTimeout: OnTimeout,
): ResidentAdapter {
  const adapter: ResidentAdapter = {
    ...loadable(adapterModelId(model.id, holding.suffix), () => adapter, onTimeout),
    kind: 'adapter',
    model,
    holding,
    needMiB,
    openCalls: new Set(),
  }
  model.adapters.push(adapter)
  return adapter
}

/** A model that is on disk, with its adapters. `onTimeout` is told of calls that waited too long for one of them. */
export function createResident(description: ModelDescription, onTimeout: OnTimeout): ResidentModel {
  const model: ResidentModel = {
    ...loadable(description.holding.id, () => model, onTimeout),
    kind: 'model',
    description,
    runner: undefined,
    adapters: [],
  }
  for (const adapter of description.adapters) createResidentAdapter(model, adapter, onTimeout)
  return model
}

export const modelOf = (resident: Resident): ResidentModel =>
  resident.kind === 'model' ? resident : resident.model

/** A model and its adapters as a node announces them; undefined while the process that served it is gone. */
export function holdingOf({
  residence,
  runner,
  description,
  adapters,
}: ResidentModel): ModelHolding | undefined {
  const { sha256 } = description.holding
  const holding =
    residence === 'loaded'
      ? runner?.holding && { ...runner.holding, sha256 }
      : { ...description.holding, residence }
  if (holding === undefined || adapters.length === 0) return holding
  return {
    ...holding,
    adapters: adapters.map((adapter) =>
      adapter.residence === 'loaded' ? adapter.holding : { ...adapter.holding, residence: adapter.residence },
    ),
  }
}

/** Since when calls have waited for it, or for an adapter of it, by `performance.now`. */
export function wantedSince(resident: Resident): number | undefined {
  const adapters = resident.kind === 'model' ? resident.adapters : []
  const times = [resident, ...adapters].flatMap(({ waiting }) => waiting.since ?? [])
  return times.length > 0 ? Math.min(...times) : undefined
}
