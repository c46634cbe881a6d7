import { AppError } from '../../../shared/errors.ts'
import { AdapterSuffix, type ModelHolding } from '../../../shared/node.ts'
import { TrainingWishes } from '../../../shared/training.ts'
import { ROW_TYPES } from '../../../shared/training-rows.ts'
import type { TrainingPlan } from '../../db/tables/training.ts'
import { checkedPath } from '../workspace/path.ts'
import { factsIn } from './bases.ts'
import type { Starting } from './starting/starting.ts'
import type { NewTrainingJob, TrainingSource } from './training-job.ts'
import {
  MAX_JOB_HOURS,
  MAX_PRIORITY,
  MAX_SAMPLE_PROMPT_LENGTH,
  MAX_SAMPLE_PROMPTS,
  MAX_SOURCES,
  MAX_TAGS,
  MIN_PRIORITY,
} from './training-limits.ts'

const invalid = (param: string, message: string) => new AppError('invalid_request', message, { param })

function checkNumbers({ priority, maxHours, validationShare, replayShare }: NewTrainingJob): void {
  const isWhole = priority === undefined || Number.isInteger(priority)
  if (!isWhole || (priority ?? MIN_PRIORITY) < MIN_PRIORITY || (priority ?? MIN_PRIORITY) > MAX_PRIORITY)
    throw invalid('priority', `Expected a whole number from ${MIN_PRIORITY} to ${MAX_PRIORITY}.`)
  if (maxHours !== undefined && !(maxHours > 0 && maxHours <= MAX_JOB_HOURS))
    throw invalid('maxHours', `Expected more than 0 and at most ${MAX_JOB_HOURS} hours.`)
  if (validationShare !== undefined && !(validationShare >= 0 && validationShare <= 0.5))
    throw invalid('validationShare', 'Expected a share from 0 to 0.5.')
  if (replayShare != null && !(replayShare >= 0 && replayShare <= 1))
    throw invalid('replayShare', 'Expected a share from 0 to 1.')
}

function checkLists({ sources, tags = [], samplePrompts = [], suffix, wishes }: NewTrainingJob): void {
  if (!sources.some(({ role }) => role === 'train')) throw invalid('sources', 'Expected rows to train on.')
  if (sources.length > MAX_SOURCES) throw invalid('sources', `Expected at most ${MAX_SOURCES} sources.`)
  for (const [index, { type }] of sources.entries()) {
    if (type !== 'guess' && !ROW_TYPES.includes(type))
      throw invalid(`sources.${index}.type`, `Expected one of ${ROW_TYPES.join(', ')}.`)
  }
  if (tags.length > MAX_TAGS) throw invalid('tags', `Expected at most ${MAX_TAGS} tags.`)
  if (samplePrompts.length > MAX_SAMPLE_PROMPTS)
    throw invalid('samplePrompts', `Expected at most ${MAX_SAMPLE_PROMPTS} prompts.`)
  if (samplePrompts.some((prompt) => prompt === '' || prompt.length > MAX_SAMPLE_PROMPT_LENGTH))
    throw invalid('samplePrompts', `Expected prompts of 1 to ${MAX_SAMPLE_PROMPT_LENGTH} characters.`)
  const isSuffix = suffix == null || AdapterSuffix.safeParse(suffix)
  if (isSuffix !== true && !isSuffix.success)
    throw invalid('suffix', isSuffix.error.issues[0]?.message ?? 'Expected a suffix.')
  const isWish = TrainingWishes.safeParse(wishes)
  if (!isWish.success) {
    const [issue] = isWish.error.issues
    throw invalid(`wishes.${issue?.path.join('.')}`, issue?.message ?? 'Expected wishes.')
  }
}

function checkBase(model: string, precisions: readonly string[], holdings: readonly ModelHolding[]): void {
  const held = holdings.filter(({ id }) => id === model)
  if (held.length === 0)
    throw new AppError('model_not_found', `No node has the model '${model}'.`, { param: 'baseModel' })
  if (!held.some(({ capabilities }) => capabilities.includes('generate')))
    throw invalid('baseModel', `The model '${model}' makes embeddings, which is not trained.`)
  const known = held.flatMap(({ precision }) => (precision ? [precision] : []))
  if (known.length > 0 && known.length === held.length && !known.some((one) => precisions.includes(one)))
    throw invalid(
      'precisions',
      `The file of '${model}' keeps its weights as ${known[0]}: expected ${precisions.join(' or ')}.`,
    )
}

/** The services that know whether what a job names is there. */
export interface PlanChecks {
  holdingsOf: (model: string) => Promise<readonly ModelHolding[]>
  checkSource: (accountId: string, source: TrainingSource) => Promise<void>
  starting: Starting
}

async function checkNamed(given: NewTrainingJob, checks: PlanChecks) {
  const { account, baseModel, precisions, sources } = given
  if (precisions.length === 0) throw invalid('precisions', 'Expected at least one.')
  const held = given.held ?? (await checks.holdingsOf(baseModel))
  checkBase(baseModel, precisions, held)
  const start = await checks.starting.startOf(given, factsIn(held))
  for (const source of sources) await checks.checkSource(account.id, source)
  return start
}

/** A job's plan, if all that it says can be and all that it names is there. */
export async function planOf(given: NewTrainingJob, checks: PlanChecks): Promise<TrainingPlan> {
  checkNumbers(given)
  checkLists(given)
  const start = await checkNamed(given, checks)
  const { baseModel, precisions, sources } = given
  return {
    baseModel,
    precisions,
    sources,
    ...start,
    continueFrom: given.continueFrom ?? null,
    suffix: given.suffix ?? null,
    trainsOnInputs: given.trainsOnInputs ?? false,
    excess: given.excess ?? 'drop',
    validationShare: given.validationShare ?? 0,
    replayShare: given.replayShare ?? null,
    maxHours: given.maxHours ?? MAX_JOB_HOURS,
    samplePrompts: given.samplePrompts ?? [],
    outputPath: given.outputPath == null ? null : checkedPath(given.outputPath),
  }
}
