import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import {
  type ErrandFault,
  type ErrandKind,
  type ErrandOutcome,
  MAX_ERRAND_INPUT_LENGTH,
  MAX_ERRAND_LIMIT_MS,
} from '../../../shared/tasks/errands.ts'
import { pauseUnless } from '../pause.ts'
import type { ErrandAnswer } from '../pool/errand.ts'
import type { NodeLinkStub } from '../pool/node-link.ts'
import type { NodeView } from '../pool/node-view.ts'

/** How long a call waits for a node with a slot free, where all are busy, … */
export const BUSY_WAIT_MS = 10_000
/** … and how often it looks. */
const LOOK_AGAIN_MS = 100

/** Nodes that a call is tried on, when the first is lost with it. */
export const MAX_CALL_TRIES = 2

export interface CallOptions {
  accountId: string
  /** How long it may run; at most `MAX_ERRAND_LIMIT_MS`. */
  limitMs: number
  /** Stops it within a second, on the node too. */
  signal: AbortSignal
}

/** The end of a call. `failed`: there is no result, and the output says why. */
export type CallResult = ErrandOutcome | { fault: ErrandFault; message: string }

/** Small work that a node does while somebody waits: nothing of it is written down. */
export interface TaskCalls {
  /**
   * Asks a node with a slot free, at once; one that is lost with it is followed by another, once. Rejects with
   * `no_capacity` where no node has room in time, and with the signal's reason.
   */
  call(kind: ErrandKind, input: string, options: CallOptions): Promise<CallResult>
  /** Whether a node that is connected offers such calls. */
  canCall(kind: ErrandKind): Promise<boolean>
}

export interface TaskCallsOptions {
  nodeLink: (nodeId: string) => Pick<NodeLinkStub, 'errand' | 'cancelErrand'>
  snapshot: () => Promise<readonly NodeView[]>
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
  random?: () => number
}

/** The nodes that may be asked, those with the fewest calls first; among equals by chance. */
export function nodesFor(kind: ErrandKind, views: readonly NodeView[], random: () => number): string[] {
  const able = views.filter(
    ({ linked, draining, hello }) => linked && !draining && hello.errands?.kinds.includes(kind),
  )
  return able
    .map(({ nodeId, openCalls }) => ({ nodeId, openCalls, chance: random() }))
    .toSorted((a, b) => a.openCalls - b.openCalls || a.chance - b.chance)
    .map(({ nodeId }) => nodeId)
}

const noNode = (kind: ErrandKind) =>
  new AppError('no_capacity', `No node that does ${kind} is free at the moment.`, { retryAfterSeconds: 5 })

/** The calls of the pool's tasks. */
export function createTaskCalls(options: TaskCallsOptions): TaskCalls {
  const { nodeLink, snapshot, later, log, now = Date.now, random = Math.random } = options

  /** Asks one node. A link that fails is a node that is lost. */
  async function ask(nodeId: string, kind: ErrandKind, input: string, call: CallOptions) {
    const { accountId, limitMs, signal } = call
    signal.throwIfAborted()
    const errandId = crypto.randomUUID()
    const stopped = Promise.withResolvers<never>()
    const stop = () => {
      later(Promise.resolve(nodeLink(nodeId).cancelErrand(errandId)).catch(() => {}))
      stopped.reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      const asked = Promise.resolve(nodeLink(nodeId).errand({ errandId, kind, input, limitMs, accountId }))
      const answer = asked.catch((thrown): ErrandAnswer => {
        log.error('errand.not_asked', { nodeId, errandId, cause: causeOf(thrown) })
        return { lost: true }
      })
      return await Promise.race([answer, stopped.promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** The first node that takes it; undefined where all are busy. */
  async function tryAll(
    kind: ErrandKind,
    input: string,
    call: CallOptions,
    lostOn: string[],
  ): Promise<CallResult | undefined> {
    const nodes = nodesFor(kind, await snapshot(), random)
    if (nodes.length === 0 && lostOn.length === 0) throw noNode(kind)
    for (const nodeId of nodes) {
      if (lostOn.includes(nodeId) && nodes.length > 1) continue
      const answer = await ask(nodeId, kind, input, call)
      if ('output' in answer || 'fault' in answer) return answer
      if ('cancelled' in answer) throw new AppError('cancelled', 'The call was cancelled.')
      if ('refused' in answer) continue
      lostOn.push(nodeId)
      log.warn('errand.lost', { nodeId, kind, tries: lostOn.length })
      if (lostOn.length >= MAX_CALL_TRIES)
        throw new AppError('node_failed', 'The nodes that were to do this were lost.')
    }
    return undefined
  }

  return {
    async call(kind, input, call) {
      if (input.length > MAX_ERRAND_INPUT_LENGTH)
        throw new AppError(
          'too_large',
          `This has ${input.length} characters: ${MAX_ERRAND_INPUT_LENGTH} may be given.`,
        )
      if (call.limitMs < 1 || call.limitMs > MAX_ERRAND_LIMIT_MS)
        throw new AppError('invalid_request', `A call runs for at most ${MAX_ERRAND_LIMIT_MS} ms.`)
      const until = now() + BUSY_WAIT_MS
      // One that is the only one may be lost twice.
      const lostOn: string[] = []
      for (;;) {
        const result = await tryAll(kind, input, call, lostOn)
        if (result) return result
        if (now() >= until) throw noNode(kind)
        await pauseUnless(LOOK_AGAIN_MS * (1 + random()), call.signal)
      }
    },

    async canCall(kind) {
      return nodesFor(kind, await snapshot(), random).length > 0
    },
  }
}
