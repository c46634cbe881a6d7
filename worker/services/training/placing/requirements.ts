import { createHash } from 'node:crypto'
import type { TrainingPlan } from '../../../db/tables/training.ts'
import type { NodeView } from '../../pool/node-view.ts'
import type { Blocked, JobRow } from '../training-job.ts'

/** A node that has refused a job is not asked again for so long, unless what it offers has changed. */
export const REFUSAL_MS = 60_000

/** A node with what is known of its jobs. */
export interface Trainer {
  view: Pick<NodeView, 'nodeId' | 'hello' | 'openCalls'>
  /** A hash of what it holds and offers. */
  offer: string
  free: number
}

/** A hash of what a node holds and offers to jobs. */
export function offerOf({ hello: { models, training } }: Pick<NodeView, 'hello'>): string {
  const { running: _, ...offered } = training ?? { running: [] }
  const held = models.map(({ id, architecture, precision, residence }) => [
    id,
    architecture,
    precision,
    residence,
  ])
  return createHash('sha256')
    .update(JSON.stringify([held, offered]))
    .digest('hex')
    .slice(0, 16)
}

/** The nodes that train, with room for so many more jobs. */
export const trainersOf = (views: readonly NodeView[], held: ReadonlyMap<string, number>): Trainer[] =>
  views.flatMap((view) => {
    const { linked, draining, nodeId, hello } = view
    const slots = hello.training?.slots ?? 0
    if (!linked || draining || slots === 0) return []
    return [{ view, offer: offerOf(view), free: slots - (held.get(nodeId) ?? 0) }]
  })

/** As much of a job as decides which node can do it. */
export interface PlacedJob extends Pick<JobRow, 'refusals'> {
  plan: Pick<TrainingPlan, 'baseModel' | 'precisions'>
}

interface Missing extends Blocked {
  /** How far the node came: the furthest one's reason is told. */
  stage: number
}

function missingOf(
  { plan, refusals }: PlacedJob,
  { view, offer, free }: Trainer,
  now: number,
): Missing | undefined {
  const { baseModel, precisions } = plan
  const { models, training } = view.hello
  const held = models.find(({ id }) => id === baseModel)
  if (!held?.capabilities.includes('generate'))
    return { stage: 1, requirement: 'base', message: `No node that trains has the model '${baseModel}'.` }
  const { architecture, precision } = held
  if (!training?.architectures.includes(architecture)) {
    const message = `No node that has '${baseModel}' trains the architecture '${architecture}'.`
    return { stage: 2, requirement: 'architecture', message }
  }
  if (!precision || !precisions.includes(precision)) {
    const message = `No node has '${baseModel}' with weights of ${precisions.join(' or ')}.`
    return { stage: 3, requirement: 'precision', message }
  }
  const refusal = refusals?.find(({ nodeId }) => nodeId === view.nodeId)
  if (refusal && refusal.offer === offer && now - refusal.at < REFUSAL_MS) {
    const { requirement, message, neededMiB, availableMiB } = refusal
    return { stage: 4, requirement, message, neededMiB, availableMiB }
  }
  if (free <= 0)
    return { stage: 5, requirement: 'slots', message: 'Every node that could train it is training already.' }
  return undefined
}

/** The nodes that can do a job now, the freest first; or what is missing. */
export function trainersFor(
  job: PlacedJob,
  trainers: readonly Trainer[],
  now: number,
): { fit: Trainer[] } | { blocked: Blocked } {
  const fit: Trainer[] = []
  let nearest: Missing | undefined
  for (const trainer of trainers) {
    const missing = missingOf(job, trainer, now)
    if (!missing) fit.push(trainer)
    else if (missing.stage > (nearest?.stage ?? 0)) nearest = missing
  }
  if (fit.length > 0)
    return { fit: fit.toSorted((a, b) => b.free - a.free || a.view.openCalls - b.view.openCalls) }
  if (!nearest) return { blocked: { requirement: 'slots', message: 'No node that trains is connected.' } }
  const { stage: _, ...blocked } = nearest
  return { blocked }
}
