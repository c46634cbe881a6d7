import { AppError } from '../../shared/errors.ts'
import type { GenerationRequest, Usage } from '../../shared/generation.ts'
import { createLogger } from '../../shared/log.ts'
import type { Account } from '../../worker/services/accounts/accounts.ts'
import type { CallOptions, OpenCall, Refusal } from '../../worker/services/pool/node-link.ts'
import type { ModelLoad, NodeView } from '../../worker/services/pool/node-view.ts'
import { createPoolView, type PoolView } from '../../worker/services/pool/pool-view.ts'
import { RegionIndex } from '../../worker/services/pool/region-index.ts'
import { RegionSnapshot } from '../../worker/services/pool/region-snapshot.ts'
import { modelHolding, nodeHello } from '../support/frames.ts'
import { USUAL } from '../support/sampling.ts'

/** The usage of a call. */
export const usage = (over: Partial<Usage> = {}): Usage => ({
  promptTokens: 5,
  cachedPromptTokens: 0,
  completionTokens: 2,
  ...over,
})

/** A model id that no other test uses, and a holding of it. */
export function uniqueModel(over: Parameters<typeof modelHolding>[0] = {}) {
  const id = `model-${crypto.randomUUID().slice(0, 8)}`
  return { id, holding: modelHolding({ id, ...over }) }
}

/** A generation as the services ask for it. */
export const generationRequest = (over: Partial<GenerationRequest> = {}): GenerationRequest => ({
  model: 'm',
  prompt: { kind: 'text', text: 'Hi' },
  sampling: USUAL,
  stop: [],
  format: 'text',
  ...over,
})

/** How busy a model is. */
export const modelLoad = (active: number, queued = 0): ModelLoad => ({
  active,
  queued,
  queue: Array.from({ length: queued }, () => 0),
})

/** A node as the directory knows it. */
export const nodeView = (nodeId: string, over: Partial<NodeView> = {}): NodeView => ({
  nodeId,
  linked: true,
  draining: false,
  hello: nodeHello({ models: [modelHolding({ id: 'm' })] }),
  everHeld: [],
  gauge: null,
  load: new Map(),
  openCalls: 0,
  metrics: {},
  since: 0,
  ...over,
})

/** An isolate's snapshot of a region with these nodes, after it was told once. */
export function regionOf(nodes: readonly NodeView[]): RegionSnapshot {
  const index = new RegionIndex()
  for (const node of nodes) index.put(node)
  const region = new RegionSnapshot()
  region.apply(structuredClone(index.changesSince(undefined)))
  return region
}

/** The pool as an isolate reads it, with one region whose nodes are read anew each time that it is asked. */
export const poolOf = (read: () => Promise<readonly NodeView[]>, now?: () => number): PoolView =>
  createPoolView({
    listRegions: async () => [],
    changes: async () => {
      const index = new RegionIndex()
      for (const node of await read()) index.put(node)
      return index.changesSince(undefined)
    },
    log: createLogger(() => {}),
    ...(now && { now }),
  })

/** The JSON of each event of a stream's text, `[DONE]` last. */
export const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)))

/** A call that a test expects to be taken; a refusal is thrown, so that a test which expects one can say so. */
export function taken(answer: OpenCall | Refusal): OpenCall {
  if ('refused' in answer) throw new AppError('no_capacity', answer.refused)
  return answer
}

/** A first try of a caller. */
export const firstTry: CallOptions = { caller: 'caller', attempt: 0, mayWait: true }

/** An account as a surface knows it. */
export const testAccount = (over: Partial<Account> = {}): Account => ({
  id: '0'.repeat(24),
  number: 1,
  email: null,
  contactEmail: null,
  username: 'ada',
  name: null,
  givenName: null,
  familyName: null,
  subject: null,
  roles: [],
  plan: 'free',
  billingCycle: null,
  createdAt: 0,
  ...over,
})
