import type { Logger } from '../../../shared/log.ts'
import { bearerOf } from '../../http/auth.ts'
import { docsPage } from '../../http/docs.ts'
import { createSurface } from '../../http/surface.ts'
import type { Accounts } from '../../services/accounts.ts'
import type { Inference } from '../../services/inference.ts'
import type { Nodes } from '../../services/nodes.ts'
import { chatRoutes } from './chat.ts'
import { completionRoutes } from './completions.ts'
import { embeddingRoutes } from './embeddings.ts'
import { errorBody } from './errors.ts'
import { keyRoutes } from './keys.ts'
import { modelRoutes } from './models.ts'
import { nodeRoutes } from './nodes.ts'

const TITLE = 'Switchyard'
const DOCUMENT_PATH = '/v1/openapi.json'

export interface OpenaiServices {
  accounts: Accounts
  inference: Inference
  nodes: Nodes
  log: Logger
}

/** OpenAI's API as its SDKs speak it, and our own administration in the same form. */
export function openaiSurface({ accounts, inference, nodes, log }: OpenaiServices) {
  const app = createSurface({
    name: 'openai',
    basePath: '/v1',
    title: TITLE,
    version: '1.0.0',
    errorBody,
    authenticate: (c) => accounts.authenticate(bearerOf(c)),
    publicRoutes: [`GET ${DOCUMENT_PATH}`, 'GET /v1/docs', 'POST /v1/auth/login'],
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key or an access token.' },
    },
    log,
  })
  chatRoutes(app, inference)
  completionRoutes(app, inference)
  embeddingRoutes(app, inference)
  modelRoutes(app, inference)
  keyRoutes(app, accounts)
  nodeRoutes(app, nodes)
  app.get('/v1/docs', docsPage(TITLE, DOCUMENT_PATH))
  return app
}
