import { adapterModelId } from '../../../shared/node.ts'
import type { TrainingOrder } from '../../../shared/training.ts'
import type { JobRow } from './training-job.ts'
import type { TunedModels } from './tuned-models.ts'

/** Digits of a job's id that name a result without a suffix. */
const SHORT_ID_LENGTH = 8

/** A job as its node is given it; undefined where what it begins with is gone. */
export async function orderOf(
  row: JobRow,
  tunedModels: Pick<TunedModels, 'find'>,
): Promise<TrainingOrder | undefined> {
  const { plan, inputs, checkpoint } = row
  const { train, validation, replay } = inputs ?? {}
  if (!train) return undefined
  const tuned = plan.continueFrom ? await tunedModels.find(row.accountId, plan.continueFrom) : null
  if (tuned === undefined) return undefined
  return {
    model: plan.baseModel,
    precisions: plan.precisions,
    name: adapterModelId(plan.baseModel, plan.suffix ?? row.id.slice(-SHORT_ID_LENGTH)).slice(0, 200),
    wishes: plan.wishes,
    trainsOnInputs: plan.trainsOnInputs,
    excess: plan.excess,
    validationShare: plan.validationShare,
    ...(plan.replayShare !== null && { replayShare: plan.replayShare }),
    inputs: {
      train: train.file,
      ...(validation && { validation: validation.file }),
      ...(replay && { replay: replay.file }),
      ...(tuned && { adapter: tuned.file }),
      ...(inputs?.adapter && { adapter: inputs.adapter.file }),
      ...(checkpoint && { checkpoint: checkpoint.state.file }),
      ...(checkpoint?.best && { best: checkpoint.best.kept.file }),
    },
    ...(checkpoint?.best && { best: checkpoint.best.validation }),
  }
}
