import type { AppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { inWords, refuseKeys, tokenAccountOf } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { detailOf } from '../../http/input/validation.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards } from '../../http/surface-env.ts'
import type { Accounts } from '../../services/accounts/accounts.ts'
import type { Keys } from '../../services/accounts/keys.ts'
import type { Stats } from '../../services/administration/stats.ts'
import type { Chat } from '../../services/conversations/chat.ts'
import type { Conversations } from '../../services/conversations/conversations.ts'
import type { Datasets } from '../../services/datasets/datasets.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import type { ChooseModel } from '../../services/models/model-choice.ts'
import type { ModelRecords } from '../../services/models/model-records.ts'
import { INTRODUCTION } from './introduction.ts'
import { dualqueryLimits } from './limits.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { authRoutes } from './routes/auth.ts'
import { chatRoutes } from './routes/chats.ts'
import { datasetRoutes, UPLOAD_ROUTE } from './routes/datasets.ts'
import { type FineTuningServices, fineTuningRoutes } from './routes/fine-tuning.ts'
import { LINK_HEADER, messageRoutes } from './routes/messages.ts'
import { modelRoutes } from './routes/models.ts'
import { replyRoutes } from './routes/reply.ts'
import { serviceRoutes } from './routes/service.ts'

const TITLE = 'DualQueryIntelligence API'
const VERSION = '1.0.0'
const LOGIN_ROUTE = 'POST /api/auth/login'

/** The words of the page's "401 Unauthorized", whatever is wrong with the token. */
const REFUSED = 'Could not validate credentials'

export interface DualqueryServices extends Guards, FineTuningServices {
  accounts: Accounts
  chat: Chat
  conversations: Conversations
  datasets: Datasets
  chooseModel: ChooseModel
  keys: Keys
  modelRecords: ModelRecords
  stats: Pick<Stats, 'ofAccount'>
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** `{"detail"}`: a sentence, or the list of mistakes in the input; of a file also `reason`, with the line and the cause. */
export const errorBody = ({ code, message, issues, flaw }: AppError) => {
  if (code === 'internal') return { detail: 'Internal server error' }
  const reason = flaw && { line: flaw.line ?? null, cause: flaw.cause }
  return { detail: issues ? detailOf(issues) : message, ...(reason && { reason }) }
}

/** DualQuery's contract: chats over datasets, with records of models and keys that are bound to one. Its page has no limits. */
export function dualquerySurface(services: DualqueryServices) {
  const { accounts, conversations, datasets, keys, modelRecords, stats, traffic, log, isDevelopment } =
    services
  const app = createSurface({
    name: 'dualquery',
    mount: 'dualquery',
    basePath: '',
    title: TITLE,
    introduction: INTRODUCTION,
    version: VERSION,
    errorBody,
    statusOf: ({ issues }) => (issues ? 422 : undefined),
    authenticate: async (c) => {
      refuseKeys(c)
      return await inWords(tokenAccountOf(c, accounts), { unauthenticated: REFUSED, token_expired: REFUSED })
    },
    publicRoutes: ['GET /', 'GET /health', 'POST /api/auth/register', LOGIN_ROUTE, ...documentationOf('')],
    loginRoutes: [LOGIN_ROUTE],
    registrationRoute: 'POST /api/auth/register',
    guards: services,
    limits: dualqueryLimits,
    spendingRoutes: ['POST /api/chats/:chat_id/reply'],
    bodies: { [UPLOAD_ROUTE]: 'multipart' },
    exposedHeaders: [LINK_HEADER],
    securitySchemes: {
      bearerAuth: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'The access token of a login.',
      },
    },
    traffic,
    log,
    isDevelopment,
  })
  serviceRoutes(app, TITLE, VERSION)
  authRoutes(app, accounts, stats)
  chatRoutes(app, services)
  messageRoutes(app, conversations)
  replyRoutes(app, services)
  datasetRoutes(app, datasets)
  modelRoutes(app, modelRecords)
  apiKeyRoutes(app, keys)
  fineTuningRoutes(app, services)
  documentationRoutes(app, '', TITLE)
  return app
}
