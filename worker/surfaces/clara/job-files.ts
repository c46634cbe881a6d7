import { toAppError } from '../../../shared/errors.ts'
import type { TrainingJobs } from '../../services/training/training-jobs.ts'
import type { Workspace } from '../../services/workspace/workspace.ts'
import type { JobFiles } from './new-job.ts'

/** The questions that jobs ask of the workspace and of the jobs before them. */
export const createJobFiles = (
  workspace: Pick<Workspace, 'read'>,
  training: Pick<TrainingJobs, 'list' | 'uploadedAdapterAt'>,
): JobFiles => ({
  async read(accountId, path, maxBytes) {
    const found = await workspace
      .read(accountId, path, ({ sizeBytes }) => ({
        range: { offset: 0, length: Math.min(sizeBytes, maxBytes) },
      }))
      .catch((thrown: unknown) => {
        if (toAppError(thrown).code !== 'not_found') throw thrown
      })
    return found?.body && new Uint8Array(await new Response(found.body).arrayBuffer())
  },
  async jobOfAdapter(accountId, outputPath) {
    const { jobs } = await training.list({ accountId }, { limit: 1, states: ['completed'], outputPath })
    return jobs[0]
  },
  uploadedAdapter: training.uploadedAdapterAt,
})
