import { MIB } from '../../../shared/units.ts'
import { modelOf, type Resident, type ResidentAdapter, type ResidentModel, wantedSince } from './resident.ts'

/** After a call has waited so long for a load, what is to make room takes no new calls, even if it always has some. */
export const DRAIN_AFTER_MS = 5_000

/**
 * A loaded model stays while it has calls: so many times as long as its load took, and `MAX_STAY_MS` at most. Loads that take
 * turns are to take little of the time, and nobody waits long for what is there again in a moment, as small adapters are.
 */
export const STAY_PER_LOAD = 10
export const MAX_STAY_MS = 10_000
/**
 * The time that models which wait for memory together may make each other wait by staying: half of the time that the edge
 * lets a call wait for a slot. The other half is for loads, and for what runs.
 */
export const SHARED_STAY_MS = 15_000

export interface Bounds {
  /** The memory that may be taken by all of it together. */
  memoryMiB: number
  /** Of that, what is lent to others: they go when it is needed. */
  lentMiB: number
  /** Contexts of adapters. */
  maxContexts: number
}

/** How room is made for something, as far as it can be made now. */
export interface RoomPlan {
  /** A model or adapter that has no calls and should go at once. */
  unload?: Resident
  /** Those that should take no new calls, until they have none and can go. */
  drain: readonly Resident[]
  /** When there may be another plan, if nothing happens before, by `performance.now`. */
  nextAt?: number | undefined
}

type Gone = ReadonlySet<Resident>

const NOTHING: Gone = new Set()

/** Adapters in memory, apart from those that are thought gone. */
const adaptersIn = (model: ResidentModel, gone: Gone): ResidentAdapter[] =>
  model.adapters.filter((adapter) => adapter.residence === 'loaded' && !gone.has(adapter) && !gone.has(model))

const needOf = (adapters: readonly ResidentAdapter[]): number =>
  adapters.reduce((sum, { needMiB }) => sum + needMiB, 0)

/** The memory that a model takes with its adapters that are loaded: as estimated, or as measured where that is more. */
function takenBy(model: ResidentModel, gone: Gone): number {
  const keptMiB = needOf(adaptersIn(model, gone))
  const freedMiB = needOf(adaptersIn(model, NOTHING)) - keptMiB
  const measuredMiB = (model.runner?.memory?.rssMiB ?? 0) - freedMiB
  return Math.max(model.description.needMiB + keptMiB, measuredMiB)
}

function needsContext(
  models: readonly ResidentModel[],
  resident: Resident,
  { maxContexts }: Bounds,
  gone: Gone,
): boolean {
  if (resident.kind === 'model') return false
  return models.flatMap((model) => adaptersIn(model, gone)).length >= maxContexts
}

/**
 * Whether something can be loaded beside what is in memory and not thought `gone`. A model alone fits whatever it takes, and
 * so does one adapter with its model, where nothing is lent: what an operator configured can be served.
 */
export function fits(
  models: readonly ResidentModel[],
  resident: Resident,
  bounds: Bounds,
  gone: Gone = NOTHING,
): boolean {
  if (needsContext(models, resident, bounds, gone)) return false
  const inMemory = models.filter((model) => model.runner !== undefined && !gone.has(model))
  const own = modelOf(resident)
  const isAlone = inMemory.every((model) => model === own && adaptersIn(model, gone).length === 0)
  if (isAlone && bounds.lentMiB === 0) return true
  const taken = inMemory.reduce((sum, model) => sum + takenBy(model, gone), bounds.lentMiB)
  const needMiB = resident.kind === 'model' ? resident.description.needMiB : resident.needMiB
  return taken + needMiB <= bounds.memoryMiB
}

/** The memory that is neither taken by models nor lent, by what they are known to take now. */
export function freeMiB(models: readonly ResidentModel[], { memoryMiB, lentMiB }: Bounds): number {
  const inMemory = models.filter(({ runner }) => runner !== undefined)
  const taken = inMemory.reduce((sum, model) => {
    // One that is just there is not measured yet.
    const fileMiB = (model.runner?.holding?.sizeBytes ?? 0) / MIB
    return sum + Math.max(takenBy(model, NOTHING), fileMiB)
  }, lentMiB)
  return Math.max(0, Math.floor(memoryMiB - taken))
}

const openCallsOf = (resident: Resident): number =>
  resident.kind === 'model' ? (resident.runner?.openCalls ?? 0) : resident.openCalls.size

/** Until when it stays in memory while it has calls, by `performance.now`. What is draining does not begin to stay again. */
function stayOf({ isDraining, loadedAt, loadMs }: Resident, waitingModels: number): number {
  if (isDraining) return loadedAt
  return loadedAt + Math.min(loadMs * STAY_PER_LOAD, MAX_STAY_MS, SHARED_STAY_MS / waitingModels)
}

/**
 * From when it may go while it has none: at once where nobody has called it since it was loaded, and otherwise when its last
 * call ended as long ago as its load took, since to go on waiting for the next would cost more than another load (the rule of
 * the ski rental problem).
 */
const freeFrom = ({ loadedAt, loadMs, lastEndAt }: Resident, stayUntil: number): number =>
  lastEndAt === undefined ? loadedAt : Math.min(stayUntil, lastEndAt + loadMs)

/**
 * The models and adapters that should go for something to fit, all of them of `candidates`: the first of them that are
 * enough. A model takes its adapters along; where contexts are short, adapters go alone.
 */
function findVictims(
  models: readonly ResidentModel[],
  resident: Resident,
  bounds: Bounds,
  candidates: readonly Resident[],
): Resident[] | undefined {
  const gone = new Set<Resident>()
  while (!fits(models, resident, bounds, gone)) {
    const isForContext = needsContext(models, resident, bounds, gone)
    const victim = candidates.find(
      (candidate) =>
        !gone.has(candidate) &&
        !gone.has(modelOf(candidate)) &&
        !(isForContext && candidate.kind === 'model'),
    )
    if (victim === undefined) return undefined
    gone.add(victim)
  }
  return [...gone]
}

/**
 * How to make room for something that does not fit, at the time `now` of `performance.now`. What has no calls goes first, and
 * of that what was asked for longest ago. Where that is not enough, the same is asked of what has calls, once a call has
 * waited for `DRAIN_AFTER_MS`. An adapter goes before its model.
 */
export function planRoom(
  models: readonly ResidentModel[],
  resident: Resident,
  bounds: Bounds,
  now: number,
): RoomPlan {
  const own = modelOf(resident)
  const isLoaded = ({ residence }: Resident) => residence === 'loaded'
  const others = models.filter((model) => isLoaded(model) && model !== own)
  const waiting = models.filter((model) => wantedSince(model) !== undefined)
  const candidates = [...models.flatMap((model) => adaptersIn(model, NOTHING)), ...others]
    .toSorted((a, b) => Number(b.isDraining) - Number(a.isDraining) || a.usedAt - b.usedAt)
    .map((candidate) => {
      const stayUntil = stayOf(candidate, waiting.length)
      return { candidate, stayUntil, from: freeFrom(candidate, stayUntil), calls: openCallsOf(candidate) }
    })
  const choose = (chosen: typeof candidates) =>
    findVictims(
      models,
      resident,
      bounds,
      chosen.map(({ candidate }) => candidate),
    )
  const free = choose(candidates.filter(({ from, calls }) => calls === 0 && from <= now))
  if (free?.[0]) return { unload: free[0], drain: [] }
  const drainAt = (wantedSince(resident) ?? now) + DRAIN_AFTER_MS
  const drainable = candidates.filter(({ stayUntil }) => stayUntil <= now)
  const times = [drainAt, ...candidates.flatMap(({ from, stayUntil }) => [from, stayUntil])]
  const later = times.filter((time) => time > now)
  return {
    drain: drainAt <= now ? (choose(drainable) ?? []) : [],
    nextAt: later.length > 0 ? Math.min(...later) : undefined,
  }
}
