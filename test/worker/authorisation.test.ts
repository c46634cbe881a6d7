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
import { from, newAccount } from '../contracts/contract-client.ts'
import { ACCESS, type Access } from './access-table.ts'

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
      ...from(),
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
