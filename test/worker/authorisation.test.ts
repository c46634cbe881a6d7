import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { configOf } from '../../worker/env.ts'
import type { Surface } from '../../worker/http/surface.ts'
import { agenticSurface } from '../../worker/surfaces/agentic/index.ts'
import { claraSurface } from '../../worker/surfaces/clara/index.ts'
import { dualquerySurface } from '../../worker/surfaces/dualquery/index.ts'
import { mcpSurface } from '../../worker/surfaces/mcp/index.ts'
import { openaiSurface } from '../../worker/surfaces/openai/index.ts'
import { rajoraSurface } from '../../worker/surfaces/rajora/index.ts'
import { siraSurface } from '../../worker/surfaces/sira/index.ts'
import { createServices, type Services } from '../../worker/wiring.ts'
import { newAccount } from '../contracts/contract-client.ts'

/** Who may call an operation; whoever has an account and a role may do all that whoever has an account may. */
type Access =
  | 'anyone'
  | 'pages of the edge'
  | 'account'
  | 'admin'
  | 'clara reader'
  | 'clara analyst'
  | 'clara trainer'

const SURFACES: Record<string, (services: Services) => Surface> = {
  v1: openaiSurface,
  clara: claraSurface,
  sira: siraSurface,
  dualquery: dualquerySurface,
  agentic: agenticSurface,
  rajora: rajoraSurface,
  mcp: mcpSurface,
}

const services = createServices(env, configOf(env))
const operationsOf = (surface: Surface): string[] => [
  ...new Set(
    surface.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
]

/** Whether an operation stands open on every surface: its own description does. */
const isDescription = (operation: string) =>
  /^GET (\/v1|\/mcp)?\/(docs|redoc|openapi\.json|health)?$/.test(operation)

/** The operations besides those. Each is here on purpose: one that is missing, or is no more, fails the test below. */
const ACCESS: Record<string, Partial<Record<Access, string[]>>> = {
  v1: {
    // A socket says who it is in its first frame.
    anyone: ['POST /v1/auth/login', 'POST /v1/session', 'GET /v1/chat/socket'],
    // By a cookie, and for nobody who is no browser.
    'pages of the edge': ['POST /v1/session/renew', 'DELETE /v1/session'],
    account: [
      'POST /v1/chat/completions',
      'POST /v1/responses',
      'GET /v1/responses/:response_id',
      'DELETE /v1/responses/:response_id',
      'POST /v1/responses/:response_id/cancel',
      'GET /v1/responses/:response_id/input_items',
      'GET /v1/conversations',
      'PATCH /v1/conversations/:conversation_id',
      'POST /v1/conversations',
      'GET /v1/conversations/:conversation_id',
      'POST /v1/conversations/:conversation_id',
      'DELETE /v1/conversations/:conversation_id',
      'GET /v1/conversations/:conversation_id/items',
      'POST /v1/conversations/:conversation_id/items',
      'GET /v1/conversations/:conversation_id/messages',
      'GET /v1/conversations/:conversation_id/export',
      'POST /v1/conversations/:conversation_id/branches',
      'GET /v1/conversations/:conversation_id/items/:item_id',
      'DELETE /v1/conversations/:conversation_id/items/:item_id',
      'POST /v1/completions',
      'POST /v1/embeddings',
      'GET /v1/models',
      'GET /v1/models/:model',
      'DELETE /v1/models/:model',
      'GET /v1/models/:model/content',
      'POST /v1/keys',
      'GET /v1/keys',
      'DELETE /v1/keys/:key_id',
      'GET /v1/accounts/me',
      'POST /v1/accounts/me/password',
      'GET /v1/sessions',
      'DELETE /v1/sessions',
      'DELETE /v1/sessions/:session_id',
      'POST /v1/sessions/links',
      'GET /v1/usage',
      'GET /v1/usage/hours',
      'POST /v1/files',
      'GET /v1/files',
      'GET /v1/files/:file_id',
      'GET /v1/files/:file_id/content',
      'DELETE /v1/files/:file_id',
      'GET /v1/documents',
      'GET /v1/documents/:document_id',
      'DELETE /v1/documents/:document_id',
      'POST /v1/documents/search',
      'POST /v1/vector_stores',
      'GET /v1/vector_stores',
      'GET /v1/vector_stores/:vector_store_id',
      'POST /v1/vector_stores/:vector_store_id',
      'DELETE /v1/vector_stores/:vector_store_id',
      'POST /v1/vector_stores/:vector_store_id/search',
      'POST /v1/vector_stores/:vector_store_id/files',
      'GET /v1/vector_stores/:vector_store_id/files',
      'GET /v1/vector_stores/:vector_store_id/files/:file_id',
      'POST /v1/vector_stores/:vector_store_id/files/:file_id',
      'DELETE /v1/vector_stores/:vector_store_id/files/:file_id',
      'GET /v1/vector_stores/:vector_store_id/files/:file_id/content',
      'POST /v1/vector_stores/:vector_store_id/file_batches',
      'GET /v1/vector_stores/:vector_store_id/file_batches/:batch_id',
      'POST /v1/vector_stores/:vector_store_id/file_batches/:batch_id/cancel',
      'GET /v1/vector_stores/:vector_store_id/file_batches/:batch_id/files',
      'POST /v1/uploads',
      'POST /v1/uploads/:upload_id/parts',
      'POST /v1/uploads/:upload_id/complete',
      'POST /v1/uploads/:upload_id/cancel',
      'POST /v1/fine_tuning/jobs',
      'POST /v1/fine_tuning/jobs/estimate',
      'GET /v1/fine_tuning/jobs',
      'GET /v1/fine_tuning/jobs/:job_id',
      'POST /v1/fine_tuning/jobs/:job_id/cancel',
      'POST /v1/fine_tuning/jobs/:job_id/pause',
      'POST /v1/fine_tuning/jobs/:job_id/resume',
      'GET /v1/fine_tuning/jobs/:job_id/events',
      'GET /v1/fine_tuning/jobs/:job_id/checkpoints',
      'GET /v1/fine_tuning/jobs/:job_id/metrics',
      'POST /v1/fine_tuning/checkpoints/:model/permissions',
      'GET /v1/fine_tuning/checkpoints/:model/permissions',
      'DELETE /v1/fine_tuning/checkpoints/:model/permissions/:permission_id',
      'GET /v1/agents/runs',
      'GET /v1/agents/runs/:run_id',
      'GET /v1/agents/runs/:run_id/events',
      'POST /v1/agents/runs/:run_id/cancel',
      'POST /v1/agents/runs/:run_id/approve',
      'GET /v1/programs',
      'GET /v1/programs/:program_id',
      'GET /v1/agents/notes',
      'DELETE /v1/agents/notes/:note_id',
      'POST /v1/mcp/servers',
      'GET /v1/mcp/servers',
      'GET /v1/mcp/servers/:server_id',
      'PATCH /v1/mcp/servers/:server_id',
      'DELETE /v1/mcp/servers/:server_id',
      'POST /v1/mcp/servers/:server_id/refresh',
      'POST /v1/mcp/servers/:server_id/consent',
      'POST /v1/webhooks',
      'GET /v1/webhooks',
      'GET /v1/webhooks/:webhook_id',
      'PATCH /v1/webhooks/:webhook_id',
      'DELETE /v1/webhooks/:webhook_id',
      'POST /v1/webhooks/:webhook_id/rotate',
      'POST /v1/webhooks/:webhook_id/test',
      'GET /v1/webhooks/:webhook_id/deliveries',
      'POST /v1/webhooks/:webhook_id/deliveries/:delivery_id/redeliver',
      'GET /v1/workspace',
      'GET /v1/workspace/:path{.+}',
      'PUT /v1/workspace/:path{.+}',
      'DELETE /v1/workspace/:path{.+}',
      'POST /v1/workspace-uploads',
      'GET /v1/workspace-uploads/:upload_id',
      'PUT /v1/workspace-uploads/:upload_id/parts/:number',
      'POST /v1/workspace-uploads/:upload_id/complete',
      'POST /v1/workspace-uploads/:upload_id/cancel',
    ],
    admin: [
      'GET /v1/accounts',
      'POST /v1/accounts',
      'GET /v1/accounts/:account_id',
      'PATCH /v1/accounts/:account_id',
      'GET /v1/audit',
      'GET /v1/metrics',
      'GET /v1/shared-prompts',
      'PUT /v1/shared-prompts/:name',
      'DELETE /v1/shared-prompts/:name',
      'POST /v1/programs/imports',
      'DELETE /v1/programs/:program_id',
      'GET /v1/nodes',
      'GET /v1/nodes/events',
      'GET /v1/nodes/:node_id',
      'DELETE /v1/nodes/:node_id',
      'POST /v1/nodes/:node_id/drain',
      'POST /v1/nodes/join-tokens',
    ],
  },
  clara: {
    'clara reader': [
      'GET /api/training/jobs/list',
      'GET /api/training/jobs/:job_id',
      'GET /api/datasets',
      'GET /api/datasets/:dataset_id',
    ],
    'clara analyst': ['POST /api/datasets', 'POST /api/datasets/:dataset_id/export'],
    'clara trainer': ['POST /api/training/jobs', 'DELETE /api/training/jobs/:job_id'],
  },
  sira: {
    anyone: [],
    account: [
      'POST /api/users/sync',
      'POST /api/profiles',
      'GET /api/profiles',
      'GET /api/profiles/:profile_id',
      'PATCH /api/profiles/:profile_id',
      'PATCH /api/profiles/:profile_id/status',
      'DELETE /api/profiles/:profile_id',
      'POST /api/upload/transcript',
      'GET /api/upload/files/:filename',
      'GET /api/upload/files/:filename/grades',
      'DELETE /api/upload/files/:filename',
      'POST /api/recommendations',
      'GET /api/recommendations',
      'GET /api/recommendations/:recommendation_id',
      'POST /api/conversations',
      'GET /api/conversations/stream',
    ],
    admin: ['GET /api/admin/stats'],
  },
  dualquery: {
    anyone: ['POST /api/auth/register', 'POST /api/auth/login'],
    account: [
      'GET /api/auth/me',
      'POST /api/models',
      'GET /api/models',
      'GET /api/models/:model_id',
      'POST /api/apikeys',
      'GET /api/apikeys',
      'DELETE /api/apikeys/:apikey_id',
      'POST /api/chats',
      'GET /api/chats',
      'GET /api/chats/:chat_id',
      'PATCH /api/chats/:chat_id',
      'DELETE /api/chats/:chat_id',
      'POST /api/chats/:chat_id/reply',
      'POST /api/messages',
      'GET /api/messages/chat/:chat_id',
      'GET /api/messages/:message_id',
      'POST /api/datasets/upload',
      'GET /api/datasets',
      'GET /api/datasets/:dataset_id',
      'DELETE /api/datasets/:dataset_id',
      'POST /api/finetune',
      'GET /api/finetune',
      'GET /api/finetune/:job_id',
      'PATCH /api/finetune/:job_id/status',
    ],
    admin: [],
  },
  agentic: {
    anyone: ['POST /api/auth/login'],
    account: [
      'GET /api/auth/me',
      'GET /v1/models',
      'POST /v1/chat/completions',
      'POST /api/files/upload',
      'GET /api/files/documents',
      'DELETE /api/files/documents/:file_id',
    ],
    admin: [],
  },
  rajora: {
    // A socket says who it is in its first frame.
    anyone: ['POST /api/auth/register', 'POST /api/auth/login', 'GET /ws/chat'],
    account: [
      'GET /api/auth/me',
      'POST /api/chat/completions',
      'POST /api/chat/stream',
      'GET /api/chat/conversations',
      'GET /api/models/list',
      'GET /api/models/:model_id',
      'GET /api/models/:model_id/benchmarks',
    ],
    admin: ['GET /api/admin/stats', 'GET /api/admin/config', 'POST /api/admin/config'],
  },
  mcp: { account: ['POST /mcp'] },
}

/** The answer that a caller must get, by what the operation asks for. */
type Verdict = 'let in' | 401 | 403
const VERDICTS: Record<string, Record<Access, Verdict>> = {
  nobody: {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 401,
    admin: 401,
    'clara reader': 401,
    'clara analyst': 401,
    'clara trainer': 401,
  },
  'an account without roles': {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 'let in',
    admin: 403,
    'clara reader': 403,
    'clara analyst': 403,
    'clara trainer': 403,
  },
  'a viewer': {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 'let in',
    admin: 403,
    'clara reader': 'let in',
    'clara analyst': 403,
    'clara trainer': 403,
  },
  'an analyst': {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 'let in',
    admin: 403,
    'clara reader': 'let in',
    'clara analyst': 'let in',
    'clara trainer': 403,
  },
  'a trainer': {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 'let in',
    admin: 403,
    'clara reader': 'let in',
    'clara analyst': 'let in',
    'clara trainer': 'let in',
  },
  'an administrator': {
    anyone: 'let in',
    'pages of the edge': 403,
    account: 'let in',
    admin: 'let in',
    'clara reader': 'let in',
    'clara analyst': 'let in',
    'clara trainer': 'let in',
  },
}
const ROLES: Record<string, string[]> = {
  'an account without roles': [],
  'a viewer': ['viewer'],
  'an analyst': ['analyst'],
  'a trainer': ['trainer'],
  'an administrator': ['admin'],
}

/** Calls that one account makes: the walk is longer than the minute of any plan. */
const CALLS_OF_AN_ACCOUNT = 20

/** A token of a caller of a kind, and how often it was used. */
const tokens = new Map<string, { token: string; uses: number }>()

async function tokenOf(caller: string): Promise<string | undefined> {
  const roles = ROLES[caller]
  if (!roles) return undefined
  let known = tokens.get(caller)
  if (!known || known.uses >= CALLS_OF_AN_ACCOUNT) {
    known = { token: (await newAccount({ roles, plan: 'enterprise' })).token, uses: 0 }
    tokens.set(caller, known)
  }
  known.uses += 1
  return known.token
}

/** Calls an operation with nothing in it: whoever is let in is told what is missing, or that nothing is there. */
async function statusFor(surface: string, operation: string, caller: string): Promise<number> {
  const [method = '', path = ''] = operation.split(' ')
  const token = await tokenOf(caller)
  const isForm = surface === 'rajora' && path === '/api/auth/login'
  const base = surface === 'v1' || surface === 'mcp' ? '' : `/${surface}`
  const response = await SELF.fetch(`http://localhost${base}${path.replaceAll(/:\w+/g, 'some-id')}`, {
    method,
    headers: {
      'cf-connecting-ip': `2001:db8:${crypto.randomUUID().slice(0, 4)}::1`,
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: isForm ? '' : '{}' }),
  })
  await response.body?.cancel()
  return response.status
}

describe.each(Object.keys(SURFACES))('on %s', (surface) => {
  const access = ACCESS[surface] ?? { anyone: [], account: [], admin: [] }

  it('every operation is in the table of who may call it', () => {
    const operations = operationsOf((SURFACES[surface] ?? openaiSurface)(services))
    const listed = operations.filter((operation) => !isDescription(operation)).toSorted()
    expect(listed).toEqual(Object.values(access).flat().toSorted())
  })

  it.each(Object.keys(VERDICTS))('%s is let in where the table says so, and nowhere else', async (caller) => {
    for (const [asked, operations] of Object.entries(access) as [Access, string[]][]) {
      for (const operation of operations) {
        const status = await statusFor(surface, operation, caller)
        const verdict: Verdict = status === 401 || status === 403 ? status : 'let in'
        expect(verdict, `${operation} answered ${status}`).toBe(VERDICTS[caller]?.[asked])
        expect(status, operation).toBeLessThan(500)
      }
    }
  })
})
