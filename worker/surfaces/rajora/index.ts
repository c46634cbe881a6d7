import type { Context } from 'hono'
import { AppError, statusOf } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { bearerOf, inWords, refuseKeys } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import type { Keys } from '../../services/accounts/keys.ts'
import type { Stats } from '../../services/administration/stats.ts'
import type { Inference } from '../../services/inference/inference.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import type { Catalogue } from '../../services/models/catalogue.ts'
import { INTRODUCTION } from './introduction.ts'
import { rajoraLimits } from './limits.ts'
import { adminRoutes } from './routes/admin.ts'
import { authRoutes } from './routes/auth.ts'
import { type ChatServices, CONVERSATION_HEADER, chatRoutes } from './routes/chat.ts'
import { modelRoutes } from './routes/models.ts'
import { SOCKET_ROUTE, socketRoutes } from './routes/socket.ts'
import { statusRoutes } from './routes/status.ts'

const TITLE = 'Switchyard Rajora API'
const VERSION = '1.0.0'
const LOGIN_ROUTE = 'POST /api/auth/login'
const KEY_HEADER = 'X-API-Key'

const MISSING = `Not authenticated: send Authorization: Bearer <token> or ${KEY_HEADER}: raj_<key>.`
const OTHER_KEY = `${KEY_HEADER} takes keys that begin with raj_; an access token is sent as Authorization: Bearer <token>.`
const KEY_AS_TOKEN = `Authorization takes an access token: send a key that begins with raj_ as ${KEY_HEADER}.`
const NOT_VALID = 'The access token or API key is not valid.'

export interface RajoraServices extends Guards, ChatServices {
  accounts: Accounts
  keys: Keys
  inference: Inference
  catalogue: Catalogue
  stats: Stats
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** A field that is missing or wrong is 422 here; what is no JSON at all is 400. */
const statusFor = (error: AppError) => (error.issues ? 422 : statusOf[error.code])

/** `{"detail", "status_code"}`. One sentence, so a refused input names all its fields in it. */
export function errorBody(error: AppError) {
  const fields = error.issues?.map(({ path, message }) => `${path.slice(1).join('.') || path[0]}: ${message}`)
  return { detail: fields?.join('; ') ?? error.message, status_code: statusFor(error) }
}

/** An access token by `Authorization: Bearer`, or a `raj_` key by its own header; never the one in place of the other. */
function credentialOf(c: Context): string {
  const key = c.req.header(KEY_HEADER)
  if (key !== undefined) {
    if (!key.startsWith('raj_')) throw new AppError('unauthenticated', OTHER_KEY)
    return key
  }
  const token = bearerOf(c, MISSING)
  refuseKeys(c, token, KEY_AS_TOKEN)
  return token
}

/** Rajora's contract: accounts, `raj_` keys, chat by request, stream and socket, models, and administration. */
export function rajoraSurface(services: RajoraServices) {
  const { accounts, traffic, log, isDevelopment } = services
  async function authenticate(c: Context): Promise<Account> {
    const credential = credentialOf(c)
    return inWords(accounts.authenticate(credential), { unauthenticated: NOT_VALID })
  }
  const app = createSurface({
    name: 'rajora',
    mount: 'rajora',
    basePath: '',
    title: TITLE,
    introduction: INTRODUCTION,
    version: VERSION,
    errorBody,
    statusOf: statusFor,
    authenticate,
    publicRoutes: [
      'GET /',
      'GET /health',
      'POST /api/auth/register',
      LOGIN_ROUTE,
      SOCKET_ROUTE,
      ...documentationOf(''),
    ],
    loginRoutes: [LOGIN_ROUTE],
    registrationRoute: 'POST /api/auth/register',
    guards: services,
    limits: rajoraLimits,
    spendingRoutes: ['POST /api/chat/completions', 'POST /api/chat/stream'],
    exposedHeaders: [CONVERSATION_HEADER],
    bodies: { [LOGIN_ROUTE]: 'form' },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An access token from the login.' },
      apiKey: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'A key that begins with raj_.' },
    },
    traffic,
    log,
    isDevelopment,
  })
  statusRoutes(app, services.inference, VERSION)
  authRoutes(app, accounts)
  chatRoutes(app, services)
  modelRoutes(app, services.catalogue)
  socketRoutes(app, services)
  adminRoutes(app, services.stats, services.settings)
  documentationRoutes(app, '', TITLE)
  return app
}
