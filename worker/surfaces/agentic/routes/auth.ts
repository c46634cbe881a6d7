import { createRoute, type z } from '@hono/zod-openapi'
import { inWords, logInFrom } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account, Accounts } from '../../../services/accounts/accounts.ts'
import { anyFailure, LoggedIn, Login, refusals, User, unprocessable, wrongLogin } from '../schemas.ts'

const tags = ['Authentication']

const logIn = createRoute({
  method: 'post',
  path: '/api/auth/login',
  operationId: 'logIn',
  tags,
  summary: 'An access token for a username, or an email, and a password',
  security: [],
  request: { body: jsonBody(Login, { username: 'guest', password: 'guest_test1' }) },
  responses: {
    200: json(LoggedIn, 'The token, and whose it is.'),
    ...wrongLogin,
    ...unprocessable,
    ...anyFailure,
  },
})

const me = createRoute({
  method: 'get',
  path: '/api/auth/me',
  operationId: 'getCurrentUser',
  tags,
  summary: 'The account that asks',
  security: [{ bearer: [] }],
  responses: { 200: json(User, 'The account.'), ...refusals, ...anyFailure },
})

const toUser = ({ username, email, roles }: Account): z.infer<typeof User> => ({
  username: username ?? email,
  role: roles.includes('admin') ? 'admin' : 'user',
})

export function authRoutes(app: Surface, accounts: Accounts): void {
  app.openapi(logIn, async (c) => {
    const { username, password } = c.req.valid('json')
    const { account, token } = await inWords(logInFrom(c, accounts, username, password), {
      unauthenticated: 'Incorrect username or password',
    })
    return c.json({ access_token: token, token_type: 'bearer' as const, user: toUser(account) }, 200)
  })

  app.openapi(me, (c) => c.json(toUser(accountOf(c)), 200))
}
