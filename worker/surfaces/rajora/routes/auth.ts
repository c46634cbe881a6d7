import { createRoute, type z } from '@hono/zod-openapi'
import { administers } from '../../../http/administers.ts'
import { inWords, logInFrom } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account, Accounts } from '../../../services/accounts/accounts.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import {
  anyFailure,
  conflict,
  forbidden,
  LoginForm,
  Registered,
  Registration,
  Token,
  User,
  unauthorized,
  unprocessable,
} from '../schemas.ts'

const tags = ['Authentication']

const register = createRoute({
  method: 'post',
  path: '/api/auth/register',
  operationId: 'registerUser',
  tags,
  summary: 'Make an account and its first API key',
  security: [],
  request: {
    body: jsonBody(Registration, {
      email: 'grace@example.com',
      username: 'grace',
      password: 'first compiler',
      full_name: 'Grace Hopper',
    }),
  },
  responses: {
    201: json(Registered, 'The account, and its key, which is shown once.'),
    ...conflict,
    ...unprocessable,
    ...anyFailure,
  },
})

const logIn = createRoute({
  method: 'post',
  path: '/api/auth/login',
  operationId: 'logIn',
  tags,
  summary: 'An access token for a username, or an email, and a password',
  security: [],
  request: {
    body: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: LoginForm,
          example: { username: 'guest', password: 'guest_test1' },
        },
      },
    },
  },
  responses: { 200: json(Token, 'The token.'), ...unauthorized, ...unprocessable, ...anyFailure },
})

const me = createRoute({
  method: 'get',
  path: '/api/auth/me',
  operationId: 'getCurrentUser',
  tags,
  summary: 'The account that asks',
  security: [{ bearer: [] }, { apiKey: [] }],
  responses: { 200: json(User, 'The account.'), ...unauthorized, ...forbidden, ...anyFailure },
})

/** An administrator by what this very credential may do. */
const toUser = (account: Account): z.infer<typeof User> => ({
  id: account.number,
  email: account.email,
  username: account.username,
  full_name: account.name,
  is_admin: administers(account),
})

export function authRoutes(app: Surface, accounts: Accounts): void {
  app.openapi(register, async (c) => {
    const { email, username, password, full_name: name = null } = c.req.valid('json')
    const { account, secret } = await accounts.createWithKey(
      { email, username, name, password, roles: [] },
      { kind: 'raj_', name: 'rajora' },
    )
    return c.json({ ...toUser(account), api_key: secret }, 201)
  })

  app.openapi(logIn, async (c) => {
    const { username, password } = c.req.valid('form')
    const { token } = await inWords(logInFrom(c, accounts, username, password), {
      unauthenticated: 'Invalid credentials',
    })
    return c.json({ access_token: token, token_type: 'bearer' as const }, 200)
  })

  app.openapi(me, (c) => {
    const account = accountOf(c)
    requireScope(account, 'account')
    return c.json(toUser(account), 200)
  })
}
