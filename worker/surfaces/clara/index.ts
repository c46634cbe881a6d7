import type { Logger } from '../../../shared/log.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards, SurfaceOptions } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import type { SearchDatasets } from '../../services/search-datasets/search-datasets.ts'
import type { TrainingJobs } from '../../services/training/training-jobs.ts'
import type { Workspace } from '../../services/workspace/workspace.ts'
import { errorBody } from './errors.ts'
import { INTRODUCTION } from './introduction.ts'
import { createJobFiles } from './job-files.ts'
import { claraLimits } from './limits.ts'
import { datasetRoutes } from './routes/datasets.ts'
import { serviceRoutes } from './routes/service.ts'
import { type TrainingRoutesOptions, trainingRoutes } from './routes/training.ts'
import { allowBy, authenticateBy, creatorBy, type SecurityMode } from './security.ts'

const TITLE = 'Clara AI API'
const VERSION = '2.0.0'
const OPEN_ROUTES = ['GET /', 'GET /health', ...documentationOf('')]

export interface ClaraServices extends Guards {
  accounts: Accounts
  training: TrainingRoutesOptions['training'] & Pick<TrainingJobs, 'list'>
  workspace: Pick<Workspace, 'read'>
  searchDatasets: SearchDatasets
  /** The development machine's administrator, who stands in for callers without an account. */
  developer: () => Promise<Account | undefined>
  claraSecurityMode: SecurityMode
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** The options of this contract's surface: all that stands before its routes. */
export function claraOptions(services: ClaraServices): SurfaceOptions {
  const { accounts, claraSecurityMode, traffic, log, isDevelopment } = services
  return {
    name: 'clara',
    mount: 'clara',
    basePath: '',
    title: TITLE,
    introduction: INTRODUCTION,
    version: VERSION,
    errorBody,
    statusOf: ({ issues }) => (issues ? 422 : undefined),
    authenticate: authenticateBy(claraSecurityMode, accounts),
    publicRoutes: OPEN_ROUTES,
    guards: services,
    limits: claraLimits,
    unlimitedRoutes: OPEN_ROUTES,
    securitySchemes: {
      bearerAuth: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An access token of this deployment.',
      },
    },
    traffic,
    log,
    isDevelopment,
  }
}

/** Clara's contract: its training backend and its dataset backend, side by side. */
export function claraSurface(services: ClaraServices) {
  const app = createSurface(claraOptions(services))
  serviceRoutes(app, TITLE, VERSION)
  const { training, workspace, claraSecurityMode: mode, developer } = services
  const files = createJobFiles(workspace, training)
  const [allow, creatorOf] = [allowBy(mode), creatorBy(mode, developer)]
  trainingRoutes(app, { training, files, allow, creatorOf })
  datasetRoutes(app, { searchDatasets: services.searchDatasets, allow, creatorOf })
  documentationRoutes(app, '', TITLE)
  return app
}
