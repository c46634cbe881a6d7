import { AppError } from '../../../shared/errors.ts'
import type { NodeLinkStub, TrainingQuestion } from '../pool/node-link.ts'
import type { NodeView } from '../pool/node-view.ts'
import type { TrainingEstimate } from './training-jobs.ts'

/** Nodes that are asked, one after the other, until one answers. */
const MAX_ASKED = 3

export interface EstimatingOptions {
  snapshot: () => Promise<readonly NodeView[]>
  nodeLink: (nodeId: string) => Pick<NodeLinkStub, 'estimateTraining'>
}

/**
 * How much memory a job would take, as a node reckons that holds its model and trains. Throws `model_not_found`, `no_capacity`
 * where none can be asked, and `invalid_request` for what cannot be trained, with the node's reason.
 */
export const createEstimating =
  ({ snapshot, nodeLink }: EstimatingOptions) =>
  async (question: TrainingQuestion): Promise<TrainingEstimate> => {
    const { model } = question
    const holders = (await snapshot()).filter(({ hello }) => hello.models.some(({ id }) => id === model))
    if (holders.length === 0)
      throw new AppError('model_not_found', `No node has the model '${model}'.`, { param: 'model' })
    const able = holders.filter(({ linked, draining, hello: { models, training } }) => {
      const architecture = models.find(({ id }) => id === model)?.architecture
      return (
        linked &&
        !draining &&
        training &&
        training.slots > 0 &&
        training.architectures.includes(architecture ?? '')
      )
    })
    let reason: string | undefined
    for (const { nodeId } of able.slice(0, MAX_ASKED)) {
      const answer = await nodeLink(nodeId).estimateTraining(question)
      if (answer?.memoryMiB !== undefined) return { memoryMiB: answer.memoryMiB, nodeId }
      reason ??= answer?.message
    }
    if (reason !== undefined) throw new AppError('invalid_request', reason, { param: 'model' })
    throw new AppError('no_capacity', `No node that trains '${model}' can say now.`, {
      retryAfterSeconds: 10,
    })
  }
