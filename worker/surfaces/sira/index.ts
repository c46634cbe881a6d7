import type { Context } from 'hono'
import type { Logger } from '../../../shared/log.ts'
import { bearerOf, inWords, refuseKeys, tokenAccountOf } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { operationOf } from '../../http/operation.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import type { Clerk } from '../../services/accounts/clerk.ts'
import type { Stats } from '../../services/administration/stats.ts'
import type { GradeReading } from '../../services/advising/grades/grade-reading.ts'
import type { Profiles } from '../../services/advising/profiles.ts'
import type { Transcripts } from '../../services/advising/transcripts.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import { errorBody } from './errors.ts'
import { INTRODUCTION } from './introduction.ts'
import { siraLimits } from './limits.ts'
import { adminRoutes } from './routes/admin.ts'
import {
  type ConversationServices,
  conversationRoutes,
  heardBy,
  STREAM_ROUTE,
} from './routes/conversations.ts'
import { profileRoutes } from './routes/profiles.ts'
import {
  RECOMMEND_ROUTE,
  type RecommendationServices,
  recommendationRoutes,
} from './routes/recommendations.ts'
import { serviceRoutes } from './routes/service.ts'
import { UPLOAD_ROUTE, uploadRoutes } from './routes/uploads.ts'
import { userRoutes } from './routes/users.ts'

const TITLE = 'SIRA API'
const VERSION = '1.0.0'
const REFUSED = {
  unauthenticated: 'The authentication token is missing or not valid.',
  token_expired: 'The authentication token has expired.',
}

const SESSION_TOKENS_ALONE =
  'An API key is not taken here: send a session token of Clerk as Authorization: Bearer <token>.'

export interface SiraServices extends Guards, ConversationServices, RecommendationServices {
  accounts: Accounts
  /** The identity provider; without one the deployment's own access tokens are taken. */
  clerk: Clerk | undefined
  profiles: Profiles
  transcripts: Transcripts
  gradeReading: Pick<GradeReading, 'propose'>
  stats: Pick<Stats, 'advising'>
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** SIRA's contract: advising of students, who log in with an identity provider. */
export function siraSurface(services: SiraServices) {
  const { accounts, clerk, stats, traffic, log, isDevelopment } = services
  const openRoutes = ['GET /', 'GET /health', ...documentationOf('')]

  async function identify(c: Context): Promise<Account> {
    const credential =
      (operationOf(c) === STREAM_ROUTE && c.req.query('token')) || bearerOf(c, REFUSED.unauthenticated)
    refuseKeys(c, credential, clerk ? SESSION_TOKENS_ALONE : undefined)
    return await inWords(accountBy(c, credential), REFUSED)
  }

  async function accountBy(c: Context, credential: string): Promise<Account> {
    if (!clerk) return tokenAccountOf(c, accounts, credential)
    // Whoever comes back with what it has heard asks nothing: it hears the rest of an answer of its own conversation.
    const isBack = operationOf(c) === STREAM_ROUTE && heardBy(c) !== undefined
    const { subject } = await (isBack ? clerk.verifyHearing(credential) : clerk.verify(credential))
    return accounts.ensureBySubject(subject)
  }

  const app = createSurface({
    name: 'sira',
    mount: 'sira',
    basePath: '',
    title: TITLE,
    introduction: INTRODUCTION,
    version: VERSION,
    errorBody,
    statusOf: ({ issues }) => (issues ? 422 : undefined),
    authenticate: (c) => identify(c),
    publicRoutes: openRoutes,
    bodies: { [UPLOAD_ROUTE]: 'multipart' },
    guards: services,
    limits: siraLimits,
    spendingRoutes: [STREAM_ROUTE, RECOMMEND_ROUTE],
    spendsNothing: (c) => heardBy(c) !== undefined,
    // "Excluded Paths".
    unlimitedRoutes: openRoutes,
    securitySchemes: {
      bearerAuth: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: clerk ? 'A session token of Clerk.' : 'An access token of this deployment.',
      },
      tokenQuery: {
        type: 'apiKey',
        in: 'query',
        name: 'token',
        description: 'The same token, for an EventSource.',
      },
    },
    traffic,
    log,
    isDevelopment,
  })
  serviceRoutes(app, VERSION)
  userRoutes(app, accounts)
  profileRoutes(app, services.profiles)
  uploadRoutes(app, services)
  recommendationRoutes(app, services)
  conversationRoutes(app, services)
  adminRoutes(app, stats)
  documentationRoutes(app, '', TITLE)
  return app
}
