import type { SettingsService } from '../services/administration/settings.ts'
import type { Quota } from '../services/files/quota.ts'
import type { Inference } from '../services/inference/inference.ts'
import { createDatasetMaker } from '../services/search-datasets/making/dataset-maker.ts'
import { createDatasetPieces } from '../services/search-datasets/making/dataset-pieces.ts'
import { createTokenCounter } from '../services/search-datasets/making/token-counter.ts'
import { createSearchDatasets } from '../services/search-datasets/search-datasets.ts'
import type { Workspace } from '../services/workspace/workspace.ts'
import type { Ground } from './ground.ts'

/** Datasets that are made of documents: for those who want them, and for the queue that makes them. */
export function wireSearchDatasets(
  { db, bucket, disposal, stubs, webhookEvents, later, log }: Ground,
  { quota, workspace }: { quota: Quota; workspace: Workspace },
  pool: { settings: SettingsService; inference: Inference },
) {
  const pieces = createDatasetPieces({ db, bucket, quota, disposal, now: Date.now })
  const common = { db, library: stubs.library, ring: stubs.ringDataset, log }
  return {
    searchDatasets: createSearchDatasets({ ...common, pieces, later }),
    datasetMaker: createDatasetMaker({
      ...{ ...common, bucket, pieces, workspace, webhookEvents },
      countTokens: createTokenCounter(pool),
    }),
    sweepDatasetPieces: pieces.sweep,
  }
}
