import { AppError, toAppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import type { NodeLinkStub, OpenCall, Refusal } from '../pool/node-link.ts'
import { isKnownModel, type PlacementRequest, type RankedNode } from '../pool/placement.ts'
import { Placer } from '../pool/placer.ts'
import type { PoolView } from '../pool/pool-view.ts'
import type { RegionSnapshot } from '../pool/region-snapshot.ts'
import { MAX_TRIES, type PlacedCall } from './call-run.ts'

/** The wait of a caller who is turned away by a full pool, in seconds. */
export const BUSY_RETRY_SECONDS = 2

/** A node's link as a call needs it. */
export type CallLink = Pick<NodeLinkStub, 'generate' | 'embed' | 'cancel'>

/** Asks a node for a free slot, or, where it may wait, for a place in its queue. */
export type OpenOnNode = (link: CallLink, mayWait: boolean) => Promise<OpenCall | Refusal>

interface Wish {
  request: PlacementRequest
  open: OpenOnNode
  /** A node that is asked only where there is no other. */
  avoid: string | undefined
}

/** A search that has found nothing. */
interface Vain {
  found: undefined
  /** Whether there was a node to ask. */
  isAsked: boolean
  /** Whether one of them was not what it was taken for: gone, or about to leave. */
  isOutdated: boolean
  regions: readonly RegionSnapshot[]
}

type Search = { found: PlacedCall } | Vain

export interface PlacingOptions {
  /** The link of a node. */
  nodeLink: (nodeId: string) => CallLink
  pool: PoolView
  log: Logger
}

const noSuchModel = ({ model, name = model }: PlacementRequest) =>
  new AppError('model_not_found', `The model '${name}' does not exist.`, { param: 'model' })

const noCapacity = ({ model, name = model }: PlacementRequest, reason: string) =>
  new AppError('no_capacity', `The model '${name}' cannot run now. ${reason}.`, {
    retryAfterSeconds: BUSY_RETRY_SECONDS,
  })

/** The first of each list, then the second of each, and so on. */
const interleaved = <Item>(lists: readonly (readonly Item[])[]): Item[] =>
  Array.from({ length: Math.max(0, ...lists.map(({ length }) => length)) }, (_, place) =>
    lists.flatMap((list) => list[place] ?? []),
  ).flat()

/** Nodes of several regions: those that could begin at once come first. */
function acrossRegions(lists: readonly (readonly RankedNode[])[], affinity: number): RankedNode[] {
  // Calls that have something in common begin with the same region.
  const first = lists.length > 0 ? affinity % lists.length : 0
  const delay = ({ isReady, calls, slots }: RankedNode) => 2 * Number(!isReady) + Number(calls >= slots)
  return interleaved([...lists.slice(first), ...lists.slice(0, first)]).toSorted(
    (a, b) => delay(a) - delay(b),
  )
}

/** Finds a node for each call: in the isolate's own region, and in the others when none there takes it. */
export function createPlacing({ nodeLink, pool, log }: PlacingOptions) {
  const placer = new Placer()

  /** The first of the best of these nodes that takes the call. `onGone` is called for each that takes none at all. */
  async function tryOn(
    nodes: readonly RankedNode[],
    { request, open, onGone }: Pick<Wish, 'request' | 'open'> & { onGone: () => void },
  ): Promise<PlacedCall | undefined> {
    const candidates = nodes.slice(0, MAX_TRIES)
    // A free slot anywhere is better than a queue at the best node; when there is none, the best queue is.
    const rounds = candidates.length > 1 ? [false, true] : [true]
    const gone = new Set<string>()
    for (const mayWait of rounds) {
      for (const { nodeId } of mayWait ? placer.byQueue(candidates, request) : candidates) {
        if (gone.has(nodeId)) continue
        // Counted before it is asked, so that the others of a burst queue elsewhere.
        if (mayWait) placer.placed(nodeId, request)
        const link = nodeLink(nodeId)
        const answer = await open(link, mayWait).catch((thrown) => {
          const error = toAppError(thrown)
          if (error.code !== 'internal') throw error
          // The object was evicted under the call, or failed: another node's is well.
          log.error('link.failed', { nodeId, cause: String(error.cause) })
          return { refused: 'away' as const }
        })
        if (!('refused' in answer)) {
          if (!mayWait) placer.placed(nodeId, request)
          return { nodeId, call: answer, cancel: () => link.cancel(answer.callId) }
        }
        placer.refused(nodeId, request)
        if (answer.refused !== 'busy') {
          gone.add(nodeId)
          onGone()
        }
      }
    }
    return undefined
  }

  /** Looks for a node once, in what is known of the pool. */
  async function search({ request, open, avoid }: Wish): Promise<Search> {
    const avoided: RankedNode[] = []
    let [isAsked, isOutdated] = [false, false]
    const rank = (region: RegionSnapshot): RankedNode[] => {
      const ranked = placer.rank(region, request)
      avoided.push(...ranked.filter(({ nodeId }) => nodeId === avoid))
      return ranked.filter(({ nodeId }) => nodeId !== avoid)
    }
    const onGone = () => {
      isOutdated = true
    }
    const ask = async (nodes: readonly RankedNode[]): Promise<PlacedCall | undefined> => {
      isAsked ||= nodes.length > 0
      return tryOn(nodes, { request, open, onGone })
    }
    const home = await pool.home()
    const near = await ask(rank(home))
    if (near) return { found: near }
    const others = await pool.others()
    const far = await ask(acrossRegions(others.map(rank), request.affinity ?? 0))
    if (far) return { found: far }
    // The node that was just lost is better than none.
    const last = isAsked ? undefined : await ask(avoided.slice(0, 1))
    if (last) return { found: last }
    return { found: undefined, isAsked, isOutdated, regions: [home, ...others] }
  }

  function failureOf(request: PlacementRequest, { isAsked, regions }: Vain): AppError {
    if (isAsked) return noCapacity(request, 'All nodes that hold it are busy')
    // One that was trained here exists whether or not a node has ever held what it is made of.
    const mayBeUnknown = request.base === undefined && regions.some(({ counts }) => counts.known > 0)
    if (mayBeUnknown && !isKnownModel(regions, request)) return noSuchModel(request)
    return noCapacity(request, 'No node that holds it is connected')
  }

  /** Throws `model_not_found` where no region knows the model, and `no_capacity` where none can take the call now. */
  return async function place(
    request: PlacementRequest,
    open: OpenOnNode,
    avoid?: string,
  ): Promise<PlacedCall> {
    const wish = { request, open, avoid }
    const first = await search(wish)
    if (first.found) return first.found
    // What is known may be a second old: the node that held it may just have left, and another one be there for it.
    const mayHaveChanged = first.isOutdated || (!first.isAsked && isKnownModel(first.regions, request))
    const second = mayHaveChanged && (await pool.renew()) ? await search(wish) : first
    if (second.found) return second.found
    throw failureOf(request, second)
  }
}
