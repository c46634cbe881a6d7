import { createLogger } from '../../shared/log.ts'
import { createDb } from '../db/client.ts'
import { missingAdapters } from '../services/models/tuned-models.ts'
import { createModelClaims } from '../services/pool/model-claims.ts'
import { createRegions } from '../services/pool/regions.ts'
import { createStubs } from '../services/stubs.ts'
import { createTaskReports } from '../services/tasks/task-reports.ts'

/** The services of nodes' links, and of the directory that they report to. */
export function createLinkServices(env: Cloudflare.Env) {
  const db = createDb(env.DB)
  const { sendTaskMessage: send } = createStubs(env)
  const log = createLogger((line) => console.log(line), { part: 'node-link' })
  return {
    regions: createRegions(db),
    claims: createModelClaims(db),
    missingAdapters: (ids: readonly string[]) => missingAdapters(db, ids),
    tasks: createTaskReports({ db, bucket: env.FILES, send, log }),
  }
}
