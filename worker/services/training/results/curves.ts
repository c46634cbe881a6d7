import type { Files } from '../../files/files.ts'
import type { JobRow } from '../training-job.ts'
import type { JobMetrics, MetricPoint } from '../training-run.ts'

/** The columns of a result file, by OpenAI's names, with the series that each shows. */
const COLUMNS = [
  ['train_loss', 'loss'],
  ['train_accuracy', 'accuracy'],
  ['valid_loss', 'validation_loss'],
  ['valid_mean_token_accuracy', 'validation_accuracy'],
] as const

/** The curves of a job as CSV: a line a step, with an empty cell for what was not measured there. */
export function curvesOf(metrics: JobMetrics): string {
  const series = COLUMNS.map(([, name]) => new Map<number, MetricPoint[1]>(metrics[name]))
  const steps = [...new Set(series.flatMap((points) => [...points.keys()]))].toSorted((a, b) => a - b)
  const lines = steps.map((step) => [step, ...series.map((points) => points.get(step) ?? '')].join(','))
  return `${[['step', ...COLUMNS.map(([column]) => column)].join(','), ...lines].join('\n')}\n`
}

const nameOf = (jobId: string): string => `step_metrics-${jobId}.csv`

/** A job's curves among its account's files, where its contract has such a file. */
export const createCurveKeeper = (files: Pick<Files, 'create' | 'discardResults'>) => ({
  /** Keeps them, in place of those of an earlier try. Throws `storage_full`. */
  async keep({ id, accountId, surface }: JobRow, metrics: JobMetrics): Promise<string | null> {
    if (surface !== 'openai') return null
    await files.discardResults(accountId, nameOf(id))
    const bytes = new TextEncoder().encode(curvesOf(metrics))
    const file = await files.create(accountId, {
      name: nameOf(id),
      purpose: 'fine-tune-results',
      lifetimeSeconds: null,
      bytes: (async function* () {
        yield bytes
      })(),
    })
    return file.id
  },

  async forget({ id, accountId, surface }: JobRow): Promise<void> {
    if (surface === 'openai') await files.discardResults(accountId, nameOf(id))
  },
})
