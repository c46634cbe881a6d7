import type { InputName, TrainingOrder } from '../../shared/training.ts'
import type { TrainerPlan } from '../trainer/messages.ts'
import { ARCHITECTURES } from '../trainer/model/architectures.ts'
import { Failed, Refused } from './endings.ts'
import type { TrainableModel, TrainingHost } from './host.ts'

/** The model of an order. Throws `Refused` where this node has none that will do. */
export function modelFor({ model: id, precisions }: TrainingOrder, host: TrainingHost): TrainableModel {
  const model = host.modelOf(id)
  if (model === undefined) throw new Refused('base', `The node does not hold the model "${id}".`)
  const { architecture, precision } = model.holding
  if (!ARCHITECTURES.has(architecture))
    throw new Refused('architecture', `Models of the architecture "${architecture}" cannot be trained.`)
  if (precision !== undefined && !precisions.includes(precision)) {
    throw new Refused(
      'precision',
      `The node's file keeps the weights as ${precision}, and the job takes ${precisions.join(' or ')}.`,
    )
  }
  return model
}

/** How a model would be trained here. */
export function planOf(
  wishes: TrainingOrder['wishes'],
  { path, holding }: TrainableModel,
  host: Pick<TrainingHost, 'threads' | 'build' | 'availableMiB'>,
): TrainerPlan {
  const availableMiB = host.availableMiB()
  return {
    modelPath: path,
    contextTokens: holding.contextTokens,
    wishes,
    threads: host.threads,
    build: host.build,
    // Of none at all it is still asked how much would be enough.
    ...(Number.isFinite(availableMiB) && { memoryMiB: Math.max(1, availableMiB) }),
  }
}

/** The rest of a job, whose files are at these places. */
export function jobOf(order: TrainingOrder, paths: ReadonlyMap<InputName, string>) {
  const at = (name: InputName, as: string) => {
    const path = paths.get(name)
    return path === undefined ? {} : { [as]: path }
  }
  const rowsPath = paths.get('train')
  const best = paths.get('best')
  if (rowsPath === undefined) throw new Failed('internal', 'The job has no rows.')
  return {
    rowsPath,
    rowType: 'row' as const,
    validationShare: order.validationShare,
    ...(order.replayShare !== undefined && { replayShare: order.replayShare }),
    trainsOnInputs: order.trainsOnInputs,
    excess: order.excess,
    name: order.name,
    ...at('validation', 'validationPath'),
    ...at('replay', 'replayPath'),
    ...at('adapter', 'adapterPath'),
    ...at('checkpoint', 'checkpointPath'),
    ...(best !== undefined && order.best && { best: { path: best, validation: order.best } }),
  }
}
