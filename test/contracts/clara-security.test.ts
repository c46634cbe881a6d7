import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { createSurface } from '../../worker/http/surface.ts'
import { createTokens } from '../../worker/services/accounts/tokens.ts'
import { claraOptions } from '../../worker/surfaces/clara/index.ts'
import type { ClaraOperation } from '../../worker/surfaces/clara/permissions.ts'
import { allowBy, type SecurityMode } from '../../worker/surfaces/clara/security.ts'
import { createServices } from '../../worker/wiring.ts'
import { freshAccounts } from '../worker/world.ts'
import { expiredToken, forgeries, from, newAccount, read, requestInit } from './contract-client.ts'

const MODES = ['development', 'jwt_optional', 'jwt_required', 'production'] as const
const ROLES = ['admin', 'trainer', 'analyst', 'viewer'] as const

/** The page's "Endpoint Permissions", and what it says of the routes that read one thing. */
const TABLE: [method: string, path: string, operation: ClaraOperation, allowed: readonly boolean[]][] = [
  ['POST', '/api/training/jobs', 'jobs.create', [true, true, false, false]],
  ['GET', '/api/training/jobs/list', 'jobs.read', [true, true, true, true]],
  ['GET', '/api/training/jobs/:job_id', 'jobs.read', [true, true, true, true]],
  ['DELETE', '/api/training/jobs/:job_id', 'jobs.cancel', [true, true, false, false]],
  ['POST', '/api/datasets', 'datasets.create', [true, true, true, false]],
  ['GET', '/api/datasets', 'datasets.read', [true, true, true, true]],
  ['GET', '/api/datasets/:dataset_id', 'datasets.read', [true, true, true, true]],
  ['POST', '/api/datasets/:dataset_id/export', 'datasets.export', [true, true, true, false]],
]

const services = createServices(env, configOf(env))

/** The real guard before routes that only say whom they run for. */
function surfaceIn(mode: SecurityMode) {
  const app = createSurface(claraOptions({ ...services, claraSecurityMode: mode }))
  const allow = allowBy(mode)
  for (const [method, path, operation] of TABLE) {
    app.on(method, path, allow(operation), (c) => c.json({ account: c.get('account')?.id ?? null }))
  }
  return app
}
const surfaces = Object.fromEntries(MODES.map((mode) => [mode, surfaceIn(mode)])) as Record<
  SecurityMode,
  ReturnType<typeof surfaceIn>
>

function ask(
  mode: SecurityMode,
  method: string,
  path: string,
  request: { token?: string; headers?: object } = {},
) {
  const { token, headers } = request
  const init = requestInit({
    method,
    ...(token === undefined ? {} : { token }),
    headers: { ...from(), ...headers },
  })
  return surfaces[mode].request(`/clara${path.replaceAll(/:\w+/g, 'x')}`, init, env)
}

type Known = Awaited<ReturnType<typeof newAccount>>
/** One account a role and a mode: an account may ask 20 times in a second. */
const known: Record<string, Known> = {}
const knownAs = (mode: SecurityMode, role: string): Known => {
  const account = known[`${mode} ${role}`]
  if (!account) throw new Error(`No account for ${mode} ${role}.`)
  return account
}
beforeAll(async () => {
  for (const mode of MODES) {
    for (const role of [...ROLES, 'none', 'both']) {
      const roles = { none: ['boss'], both: ['viewer', 'trainer'] }[role] ?? [role]
      known[`${mode} ${role}`] = await newAccount({ roles })
    }
  }
})

const MISSING = {
  success: false,
  message: 'The JWT token is missing or not valid.',
  error_code: 'INVALID_TOKEN',
  details: {},
}
const EXPIRED = { ...MISSING, message: 'The JWT token has expired.' }
const forbidden = (roles: readonly string[]) => ({
  success: false,
  message: `This needs one of the roles ${roles.join(', ')}.`,
  error_code: 'INSUFFICIENT_PERMISSIONS',
  details: { required_roles: roles },
})

describe.each(TABLE)('%s %s', (method, path, _operation, allowed) => {
  const permitted = ROLES.filter((_role, index) => allowed[index])
  const cells = MODES.flatMap((mode) => ROLES.map((role) => [mode, role] as const))

  it.each(cells)('in mode %s, as %s', async (mode, role) => {
    const { account, token } = knownAs(mode, role)
    const answer = await read(await ask(mode, method, path, { token }))
    const isAllowed = mode !== 'production' || permitted.includes(role)
    expect(answer).toEqual(isAllowed ? [200, { account: account.id }] : [403, forbidden(permitted)])
  })

  it.each(MODES)('in mode %s, with none of the roles', async (mode) => {
    const { account, token } = knownAs(mode, 'none')
    const answer = await read(await ask(mode, method, path, { token }))
    expect(answer).toEqual(
      mode === 'production' ? [403, forbidden(permitted)] : [200, { account: account.id }],
    )
  })

  it.each(MODES)('in mode %s, without a token', async (mode) => {
    const isOptional = mode === 'development' || mode === 'jwt_optional'
    const response = await ask(mode, method, path)
    expect(await read(response)).toEqual(isOptional ? [200, { account: null }] : [401, MISSING])
    expect(response.headers.get('www-authenticate')).toBe(isOptional ? null : 'Bearer')
  })
})

describe('roles', () => {
  it('add up', async () => {
    const { token } = knownAs('production', 'both')
    const statuses: number[] = []
    for (const [method, path] of TABLE)
      statuses.push((await ask('production', method, path, { token })).status)
    expect(statuses).toEqual(TABLE.map(([, , , [, asTrainer]]) => (asTrainer ? 200 : 403)))
  })

  it('are those of the account, whatever its token says', async () => {
    const { account } = knownAs('production', 'viewer')
    const token = await createTokens(env.JWT_SECRET).issue({ ...account, roles: ['admin'] })
    expect((await ask('production', 'POST', '/api/training/jobs', { token })).status).toBe(403)
  })
})

describe.each(MODES)('a token that is sent in mode %s', (mode) => {
  const refused = mode !== 'development'
  const askWith = (token: string) => ask(mode, 'GET', '/api/datasets', { token })

  it.each(forgeries)('and is %s', async (_name, forge) => {
    const token = await forge(knownAs(mode, 'admin').account.id)
    expect(await read(await askWith(token))).toEqual(refused ? [401, MISSING] : [200, { account: null }])
  })

  it('and is over', async () => {
    const token = await expiredToken(knownAs(mode, 'admin').account.id)
    expect(await read(await askWith(token))).toEqual(refused ? [401, EXPIRED] : [200, { account: null }])
  })

  it('and is an API key', async () => {
    const { keys } = freshAccounts()
    const { secret } = await keys.create({ accountId: knownAs(mode, 'admin').account.id, name: 'k' })
    expect(await read(await askWith(secret))).toEqual(
      refused
        ? [401, { ...MISSING, message: expect.stringMatching(/^An API key is not taken here/) }]
        : [200, { account: null }],
    )
  })

  it.each(['Basic YTpi', 'Bearer', ''])('and is %j', async (authorization) => {
    const response = await ask(mode, 'GET', '/api/datasets', { headers: { authorization } })
    expect(await read(response)).toEqual(refused ? [401, MISSING] : [200, { account: null }])
  })
})

it('a database that cannot be asked is no bad token, in development neither', async () => {
  const away = () => Promise.reject(new Error('D1 is away'))
  const accounts = { ...services.accounts, authenticate: away }
  const app = createSurface(claraOptions({ ...services, accounts, claraSecurityMode: 'development' }))
  app.get('/api/datasets', (c) => c.json({}))
  const response = await app.request('/clara/api/datasets', requestInit({ token: 'x', headers: from() }), env)
  expect(response.status).toBe(500)
})
