import { toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { StoredFile, TrainingReport } from '../../../shared/training.ts'
import { keysOf } from '../../services/training/bytes/job-keys.ts'
import { isOver } from '../../services/training/job-states.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { NewTunedModel } from '../../services/training/tuned-models.ts'
import type { AttemptEnds, DeskOptions } from './desk-options.ts'
import type { Attempt } from './run-attempt.ts'

type Checkpoint = Extract<TrainingReport, { kind: 'checkpoint' }>
type Completed = Extract<TrainingReport, { kind: 'completed' }>
type Kept = NonNullable<JobRow['checkpoint']>['state']

const tunedOf = (row: JobRow, step: number | null, kept: Kept): NewTunedModel => ({
  jobId: row.id,
  accountId: row.accountId,
  base: row.plan.baseModel,
  suffix: row.plan.suffix,
  step,
  file: kept.file,
  objectKeys: keysOf(kept),
  visibility: row.surface === 'clara' ? 'clara' : 'account',
  ...(row.plan.wishes.method === 'full' && { kind: 'weights' as const }),
})

/** The files of a checkpoint, as far as they are stored as the node says. */
async function verifiedFiles(
  { services }: DeskOptions,
  row: JobRow,
  { step, state, adapter, best }: Checkpoint,
) {
  const { files } = services()
  const verified = (name: string, file: StoredFile | undefined | null) =>
    file ? files.verified(row, name, file) : null
  const [keptState, keptAdapter, keptBest] = await Promise.all([
    verified(`state-${step}`, state),
    verified(`adapter-${step}`, adapter),
    verified(`best-${best?.validation.step}`, best?.file),
  ])
  if (!keptState || keptAdapter === undefined || keptBest === undefined) return undefined
  return { state: keptState, adapter: keptAdapter, best: keptBest }
}

/** The flaw of the adapters of a checkpoint; undefined where they have none. */
async function checkpointFault(
  { services }: DeskOptions,
  row: JobRow,
  { adapter, best }: { adapter: Kept | null; best: Kept | null },
): Promise<string | undefined> {
  const { files, factsOf } = services()
  if (!adapter && !best) return undefined
  const base = await factsOf(row.plan.baseModel)
  for (const kept of [adapter, best]) {
    const fault = kept ? await files.faultOf(row, kept, base) : undefined
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Deletes the files that this checkpoint takes the place of; those that stay behind go when the job is over. */
async function forgetSuperseded({ services }: DeskOptions, before: JobRow, after: JobRow): Promise<void> {
  const { files } = services()
  const [old, kept] = [before.checkpoint, after.checkpoint]
  if (old && old.state.prefix !== kept?.state.prefix) await files.remove(old.state)
  if (old?.best && old.best.kept.prefix !== kept?.best?.kept.prefix) await files.remove(old.best.kept)
}

/** The adapter of a checkpoint as a model; undefined, and deleted, where it is one too many or there is no room for it. */
async function modelOf({ services, tell }: DeskOptions, row: JobRow, step: number, adapter: Kept) {
  const { tunedModels, files, refusalOf } = services()
  const refusal = await refusalOf(row, { step, bytes: adapter.file.bytes })
  if (refusal === undefined) return await tunedModels.publish(tunedOf(row, step, adapter))
  await files.remove(adapter)
  tell({ kind: 'message', level: 'warn', message: `Step ${step} is no model. ${refusal}`, data: { step } })
  return undefined
}

/** Takes a checkpoint, when its files are there: from then on another node can go on. Nothing is believed that is not stored. */
export async function takeCheckpoint(
  options: DeskOptions,
  desk: AttemptEnds,
  current: Attempt,
  report: Checkpoint,
): Promise<boolean> {
  const { jobId, series, tell } = options
  const { store, recount, log } = options.services()
  const { step, trainedTokens, figures } = report
  const before = await store.find(jobId)
  if (!before || before.attempt !== current.attempt) return false
  const kept = await verifiedFiles(options, before, report)
  if (!kept) {
    await desk.lose(`A checkpoint of step ${step} was told of that is not stored`)
    return false
  }
  const fault = await checkpointFault(options, before, kept)
  if (fault !== undefined) {
    await desk.lose(`The adapter of step ${step} cannot be used: ${fault}`)
    return false
  }
  const best = kept.best && report.best ? { validation: report.best.validation, kept: kept.best } : null
  const checkpoint = { step, attempt: current.attempt, trainedTokens, state: kept.state, best }
  const row = await store.amend(jobId, current.attempt, { checkpoint, losses: 0 })
  if (!row) return false
  const model = kept.adapter && (await modelOf(options, row, step, kept.adapter))
  if (model) {
    await store.addCheckpoint({
      jobId,
      step,
      modelName: model.name,
      modelId: model.id,
      loss: {
        train: figures?.loss ?? series.at('loss', step),
        trainAccuracy: figures?.accuracy ?? series.at('accuracy', step),
        validation: series.at('validation_loss', step),
        validationAccuracy: series.at('validation_accuracy', step),
      },
    })
  }
  await forgetSuperseded(options, before, row)
  await recount(row)
  const message = `Step ${step} is saved${model ? `: ${model.name}` : ''}.`
  tell({ kind: 'checkpoint', message, data: { step, model: model?.name ?? null } })
  if (model) {
    const answered = answerPrompts(options, row, { step, model: model.name })
    options.asking(
      answered.catch((thrown) => log.error('training.no_samples', { jobId, cause: causeOf(thrown) })),
    )
  }
  return true
}

/** The prompts of the job, answered by a checkpoint: one after the other, beside the training. */
async function answerPrompts(
  { services, tell }: DeskOptions,
  row: JobRow,
  { step, model }: { step: number; model: string },
): Promise<void> {
  for (const prompt of row.plan.samplePrompts) {
    const answer = await services().answer(row, model, prompt)
    if (answer === undefined) return
    if ('refusal' in answer) return void tell({ kind: 'message', level: 'warn', message: answer.refusal })
    const { text } = answer
    tell({ kind: 'sample', message: text, data: { step, model, prompt, answer: text } })
  }
}

/** Takes a result, when it is stored and is what it should be. A node that claims success with garbage has failed the job. */
export async function takeResult(
  options: DeskOptions,
  desk: AttemptEnds,
  current: Attempt,
  report: Completed,
): Promise<boolean> {
  const { jobId } = options
  const { store, files, tunedModels, factsOf, deliver, keepCurves, takeBack, recordModel, withdraw } =
    options.services()
  const row = await store.find(jobId)
  if (!row || row.attempt !== current.attempt) return false
  options.attempts.change({ trainedTokens: Math.max(report.trainedTokens, current.trainedTokens) })
  if (row.state !== 'running') return await desk.end('confirmed', {}, 'It has ended.')
  const kept = await files.verified(row, 'result', report.result)
  const fault = kept ? await files.faultOf(row, kept, await factsOf(row.plan.baseModel)) : 'it is not stored'
  if (!kept || fault !== undefined) {
    const message = `The result cannot be used: ${fault}.`
    return await desk.end('failed', { error: { code: 'bad_result', message, param: null } }, message)
  }
  const model = await tunedModels.publish(tunedOf(row, null, kept))
  const delivered = await deliver(row, keysOf(kept)).catch((thrown) => {
    // The model is there all the same, and can be downloaded.
    const message = `The result could not be written to ${row.plan.outputPath}: ${toAppError(thrown).message}`
    options.tell({ kind: 'message', level: 'warn', message })
    return null
  })
  const resultFileId = await keepCurves(row, options.series.read()).catch((thrown) => {
    const message = `The curves could not be kept as a file: ${toAppError(thrown).message}`
    options.tell({ kind: 'message', level: 'warn', message })
    return null
  })
  const { progress } = options.attempts.current ?? {}
  await recordModel({ ...row, progress: progress ?? row.progress }, model)
  if (progress) options.attempts.change({ progress: { ...progress, percent: 100, etaSeconds: 0 } })
  const change = { resultModel: model.name, resultModelId: model.id, resultFileId, error: null }
  await desk.end('completed', change, `The result is stored, after ${report.step} steps.`)
  // Meanwhile it may have been told to stop. Of one that is over, its end has seen to all but what was delivered.
  const after = await store.find(jobId)
  if (delivered !== null && after?.state !== 'completed') await takeBack(row, delivered)
  if (after && !isOver(after.state)) await withdraw(after)
  return true
}
