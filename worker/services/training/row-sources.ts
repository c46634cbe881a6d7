import { AppError } from '../../../shared/errors.ts'
import { isId } from '../../../shared/ids.ts'
import type { Datasets } from '../datasets/datasets.ts'
import type { TrainingSource } from './training-job.ts'

export interface RowSourcesOptions {
  datasets: Pick<Datasets, 'find'>
}

/** The things that jobs read their rows from. */
export function createRowSources({ datasets }: RowSourcesOptions) {
  return {
    /** Throws `not_found` for a source that the account does not have. */
    async check(accountId: string, { kind, name }: TrainingSource): Promise<void> {
      if (kind === 'dataset' && isId(name) && (await datasets.find(accountId, name))) return
      throw new AppError('not_found', `There is no ${kind} '${name}'.`, { param: 'sources' })
    },
  }
}
