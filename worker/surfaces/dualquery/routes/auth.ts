import { createRoute, type z } from '@hono/zod-openapi'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { inWords, logInFrom } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account, Accounts } from '../../../services/accounts/accounts.ts'
import type { AccountFigures, Stats } from '../../../services/administration/stats.ts'
import { failures, SECURITY } from '../responses.ts'
import { AccessToken, Login, Registration, User } from '../schemas.ts'

const tags = ['Authentication']

const register = createRoute({
  method: 'post',
  path: '/api/auth/register',
  operationId: 'register',
  tags,
  security: [],
  summary: 'Create an account',
  request: {
    body: jsonBody(Registration, { email: 'ada@example.com', password: 'analytical engine', name: 'Ada' }),
  },
  responses: { 201: json(User, 'The new account.'), ...failures(400, 422) },
})

const logIn = createRoute({
  method: 'post',
  path: '/api/auth/login',
  operationId: 'logIn',
  tags,
  security: [],
  summary: 'An access token for an email or username and its password',
  request: { body: jsonBody(Login, { email: 'guest', password: 'guest_test1' }) },
  responses: { 200: json(AccessToken, 'The token.'), ...failures(401, 422) },
})

const me = createRoute({
  method: 'get',
  path: '/api/auth/me',
  operationId: 'getCurrentUser',
  tags,
  security: SECURITY,
  summary: 'The account that asks',
  responses: { 200: json(User, 'The account.'), ...failures(401) },
})

const toUser = (account: Account, figures: AccountFigures): z.infer<typeof User> => ({
  _id: account.id,
  email: account.email,
  name: account.name,
  current_plan: account.plan,
  queries_used: figures.queries,
  fine_tune_jobs: figures.trainingJobs,
  datasets_count: figures.datasets,
  billing_cycle: account.billingCycle,
})

/** A duplicate is a bad request in this contract, in its own words. */
function asRegistered(thrown: unknown): never {
  const { code, cause } = toAppError(thrown)
  if (code !== 'conflict') throw thrown
  throw new AppError('invalid_request', 'Email already registered', { param: 'email', cause })
}

export function authRoutes(app: Surface, accounts: Accounts, stats: Pick<Stats, 'ofAccount'>): void {
  app.openapi(register, async (c) => {
    const given = c.req.valid('json')
    const account = await accounts.create({ ...given, username: null, roles: [] }).catch(asRegistered)
    return c.json(toUser(account, await stats.ofAccount(account.id)), 201)
  })

  app.openapi(logIn, async (c) => {
    const { email, password } = c.req.valid('json')
    const { token } = await inWords(logInFrom(c, accounts, email, password), {
      unauthenticated: 'Incorrect email or password',
    })
    return c.json({ access_token: token, token_type: 'bearer' as const }, 200)
  })

  app.openapi(me, async (c) => {
    const account = accountOf(c)
    return c.json(toUser(account, await stats.ofAccount(account.id)), 200)
  })
}
