import type { Logger } from '../../../shared/log.ts'
import { bearerOf } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { openaiLimits } from '../../http/limit-policies.ts'
import { openaiRateLimit } from '../../http/limits.ts'
import { openaiErrorBody } from '../../http/openai-errors.ts'
import { operationOf } from '../../http/operation.ts'
import { createSurface, type Guards } from '../../http/surface.ts'
import type { Accounts } from '../../services/accounts.ts'
import type { Inference } from '../../services/inference.ts'
import type { Keys } from '../../services/keys.ts'
import type { Nodes } from '../../services/nodes.ts'
import type { Traffic } from '../../services/traffic.ts'
import type { UsageService } from '../../services/usage.ts'
import { accountRoutes } from './accounts.ts'
import { chatRoutes } from './chat.ts'
import { completionRoutes } from './completions.ts'
import { embeddingRoutes } from './embeddings.ts'
import { keyRoutes } from './keys.ts'
import { modelRoutes } from './models.ts'
import { nodeRoutes } from './nodes.ts'
import { requireScopeFor } from './scopes.ts'
import { usageRoutes } from './usage.ts'

const TITLE = 'Switchyard'
const BASE_PATH = '/v1'
const LOGIN_ROUTE = 'POST /v1/auth/login'

export interface OpenaiServices extends Guards {
  accounts: Accounts
  keys: Keys
  inference: Inference
  nodes: Nodes
  usage: UsageService
  countQuery: (accountId: string) => void
  traffic: Traffic
  log: Logger
}

/** OpenAI's API as its SDKs speak it, and our own administration in the same form. */
export function openaiSurface(services: OpenaiServices) {
  const { accounts, keys, inference, nodes, usage, traffic, log } = services
  const app = createSurface({
    name: 'openai',
    basePath: BASE_PATH,
    title: TITLE,
    version: '1.0.0',
    errorBody: openaiErrorBody,
    authenticate: async (c) => {
      const account = await accounts.authenticate(bearerOf(c))
      requireScopeFor(account, operationOf(c) ?? '')
      return account
    },
    publicRoutes: [...documentationOf(BASE_PATH), LOGIN_ROUTE],
    loginRoute: LOGIN_ROUTE,
    guards: services,
    limits: openaiLimits,
    limitHeaders: openaiRateLimit,
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key or an access token.' },
    },
    traffic,
    log,
  })
  chatRoutes(app, inference, services.countQuery)
  completionRoutes(app, inference)
  embeddingRoutes(app, inference)
  modelRoutes(app, inference)
  keyRoutes(app, accounts, keys)
  accountRoutes(app, accounts)
  nodeRoutes(app, nodes)
  usageRoutes(app, usage)
  documentationRoutes(app, BASE_PATH, TITLE)
  return app
}
