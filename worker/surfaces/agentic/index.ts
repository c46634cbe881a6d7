import type { Context } from 'hono'
import type { Logger } from '../../../shared/log.ts'
import { bearerOf, inWords, refuseKeys, tokenAccountOf } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import type { Documents } from '../../services/documents/documents.ts'
import type { Inference } from '../../services/inference/inference.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import type { ModelList } from '../../services/models/model-list.ts'
import { errorBody, statusFor } from './errors.ts'
import { INTRODUCTION } from './introduction.ts'
import { agenticLimits } from './limits.ts'
import { authRoutes } from './routes/auth.ts'
import { type ChatServices, chatRoutes } from './routes/chat.ts'
import { fileRoutes, UPLOAD_ROUTE } from './routes/files.ts'
import { modelRoutes } from './routes/models.ts'
import { statusRoutes } from './routes/status.ts'

const TITLE = 'Switchyard Agentic API'
const VERSION = '1.0.0'
const LOGIN_ROUTE = 'POST /api/auth/login'

export interface AgenticServices extends Guards, ChatServices {
  accounts: Accounts
  inference: Inference
  modelList: Pick<ModelList, 'list'>
  documents: Documents
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** "Common Error Scenarios", 1. */
const NOT_LET_IN = { unauthenticated: 'Could not validate credentials', token_expired: 'Token has expired' }

/** Agentic's contract: an assistant behind OpenAI's form, for accounts that log in with a username. */
export function agenticSurface(services: AgenticServices) {
  const { accounts, inference, traffic, log, isDevelopment } = services

  /** By access token alone: this contract has no keys. */
  async function authenticate(c: Context): Promise<Account> {
    const token = bearerOf(c, 'Not authenticated')
    refuseKeys(c)
    return inWords(tokenAccountOf(c, accounts, token), NOT_LET_IN)
  }

  const app = createSurface({
    name: 'agentic',
    mount: 'agentic',
    basePath: '',
    title: TITLE,
    introduction: INTRODUCTION,
    version: VERSION,
    errorBody,
    statusOf: statusFor,
    authenticate,
    publicRoutes: ['GET /', 'GET /health', LOGIN_ROUTE, ...documentationOf('')],
    loginRoutes: [LOGIN_ROUTE],
    guards: services,
    limits: agenticLimits,
    spendingRoutes: ['POST /v1/chat/completions'],
    bodies: { [UPLOAD_ROUTE]: 'multipart' },
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An access token from the login.',
      },
    },
    traffic,
    log,
    isDevelopment,
  })
  statusRoutes(app, inference, VERSION)
  authRoutes(app, accounts)
  modelRoutes(app, services.modelList)
  chatRoutes(app, services)
  fileRoutes(app, services.documents)
  documentationRoutes(app, '', TITLE)
  return app
}
