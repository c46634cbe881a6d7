import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { bearerOf } from '../../http/auth.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { openLifeline, readerOf } from '../../http/lifeline.ts'
import { accountOf, createSurface } from '../../http/surface.ts'
import type { Guards, SurfaceEnv } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import { requireScope } from '../../services/accounts/keys.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import { jsonRpcError, statusFor } from './errors.ts'
import { INTRODUCTION } from './introduction.ts'
import { mcpLimits } from './limits.ts'
import { checkOrigin, type OriginRules } from './origin.ts'
import { library, type McpServices, SERVER_VERSION, serverFor } from './server.ts'

const BASE_PATH = '/mcp'
const TITLE = 'Switchyard MCP'

const Message = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    method: z.string().openapi({ example: 'tools/list' }),
    id: z.union([z.string(), z.int()]).optional(),
    params: z.looseObject({}).optional(),
  })
  .openapi('JsonRpcMessage')
const Failure = z
  .object({
    jsonrpc: z.literal('2.0'),
    id: z.null(),
    error: z.object({ code: z.int(), message: z.string(), data: z.looseObject({ code: z.string() }) }),
  })
  .openapi('JsonRpcFailure')

const post = createRoute({
  method: 'post',
  path: BASE_PATH,
  operationId: 'postMessage',
  security: [{ bearer: [] }],
  summary: 'A message of the Model Context Protocol',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.unknown().openapi({ type: 'object' }),
          example: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        },
      },
    },
  },
  responses: {
    200: {
      description: 'The answer, or a stream that ends with it.',
      content: { 'application/json': { schema: Message }, 'text/event-stream': { schema: z.string() } },
    },
    202: { description: 'A notification was taken.' },
    default: { description: 'Any failure.', content: { 'application/json': { schema: Failure } } },
  },
})

export interface McpSurfaceServices extends Guards, McpServices {
  accounts: Accounts
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
  mcpOrigins: OriginRules['allowedOrigins']
}

/** Our tools, models and documents for clients of the Model Context Protocol. */
export function mcpSurface(services: McpSurfaceServices) {
  const { accounts, traffic, log, isDevelopment, mcpOrigins: allowedOrigins } = services

  async function authenticate(c: Context<SurfaceEnv>): Promise<Account> {
    checkOrigin(c.req.raw, { isDevelopment, allowedOrigins })
    const account = await accounts.authenticate(bearerOf(c))
    try {
      requireScope(account, 'inference')
    } catch (refusal) {
      c.header('www-authenticate', 'Bearer error="insufficient_scope", scope="inference"')
      throw refusal
    }
    return account
  }

  const app = createSurface({
    name: 'mcp',
    basePath: BASE_PATH,
    title: TITLE,
    introduction: INTRODUCTION,
    version: SERVER_VERSION,
    errorBody: jsonRpcError,
    statusOf: statusFor,
    authenticate,
    publicRoutes: documentationOf(BASE_PATH),
    guards: services,
    limits: mcpLimits,
    exposedHeaders: ['mcp-protocol-version', 'www-authenticate'],
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key or an access token.' },
    },
    traffic,
    log,
    isDevelopment,
  })

  app.openapi(post, async (c) => {
    const message = c.get('body')?.value
    if (message === undefined) throw new AppError('invalid_request', 'The request has no body.')
    // The protocol has none since 2025-06-18; one message of a thousand calls would count as one.
    if (Array.isArray(message)) throw new AppError('unprocessable', 'Messages are taken one at a time.')
    const lifeline = openLifeline(readerOf(c))
    const caller = { account: accountOf(c), requestId: c.get('requestId'), signal: lifeline.signal }
    const { createMcpHandler } = await library()
    const handler = createMcpHandler(() => serverFor(services, caller), {
      // Nothing here changes by itself: nobody listens for it.
      maxSubscriptions: 0,
      onerror: (error) => {
        if (toAppError(error).code === 'internal') log.info('mcp.refused', { cause: error.name })
      },
    })
    try {
      const answer = await handler.fetch(c.req.raw, { parsedBody: message })
      return withEnd(answer, () => lifeline.end())
    } catch (thrown) {
      lifeline.end()
      throw lifeline.refusal ?? thrown
    }
  })
  documentationRoutes(app, BASE_PATH, TITLE)
  return app
}

/** The same answer, after whose last byte, or whose reader has left, something is done. */
function withEnd(answer: Response, end: () => void): Response {
  if (!answer.body) {
    end()
    return answer
  }
  const reader = answer.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (!done) return controller.enqueue(value)
      end()
      controller.close()
    },
    async cancel(reason) {
      end()
      await reader.cancel(reason)
    },
  })
  return new Response(body, answer)
}
