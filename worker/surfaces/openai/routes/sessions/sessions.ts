import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { passwordAccountOf } from '../../../../http/auth.ts'
import { clientAddressOf, toIpSubject } from '../../../../http/client-ip.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { Accounts } from '../../../../services/accounts/accounts.ts'
import { scopesOf } from '../../../../services/accounts/keys.ts'
import type { createPasswordChange } from '../../../../services/accounts/password-change.ts'
import { endOf, type Session as SessionRow } from '../../../../services/accounts/session-store.ts'
import type { OpenSession as OpenedSession, Sessions } from '../../../../services/accounts/sessions.ts'
import { seconds, toAccount } from '../../account-form.ts'
import { failures } from '../../schemas/common.ts'
import {
  OpenSession,
  PasswordRequest,
  type Session,
  SessionList,
  SignInLink,
  SignInRequest,
} from '../../schemas/session.ts'
import {
  forgetSession,
  keepSession,
  refuseForeignPage,
  SESSION_PATH,
  sessionSecretOf,
} from '../../session-cookie.ts'

const tags = ['Sessions']
const security = [{ bearer: [] }]

/** Operations that let themselves in, by what they are given or by the cookie. */
export const SESSION_DOORS = [`POST ${SESSION_PATH}`, `POST ${SESSION_PATH}/renew`, `DELETE ${SESSION_PATH}`]

const signIn = createRoute({
  method: 'post',
  path: SESSION_PATH,
  operationId: 'signIn',
  tags,
  security: [],
  summary: 'Sign a browser in',
  description:
    'The access token lives 15 minutes and is for the page’s memory. A cookie that the page cannot read, and that goes to this path alone, renews it ' +
    'for pages of this origin, until 12 idle hours or 7 days have passed.',
  request: { body: jsonBody(SignInRequest, { login: 'guest', password: 'guest_test1' }) },
  responses: { 201: json(OpenSession, 'Signed in.'), ...failures },
})

const renew = createRoute({
  method: 'post',
  path: `${SESSION_PATH}/renew`,
  operationId: 'renewSession',
  tags,
  security: [],
  summary: 'The next access token of this browser’s session',
  responses: { 200: json(OpenSession, 'The token.'), ...failures },
})

const signOut = createRoute({
  method: 'delete',
  path: SESSION_PATH,
  operationId: 'signOut',
  tags,
  security: [],
  summary: 'Sign this browser out',
  responses: { 204: { description: 'Signed out, also where it was already.' }, ...failures },
})

const listSessions = createRoute({
  method: 'get',
  path: '/v1/sessions',
  operationId: 'listSessions',
  tags,
  security,
  summary: 'Browsers that are signed in to your account',
  responses: { 200: json(SessionList, 'The one that was heard of last comes first.'), ...failures },
})

const endSession = createRoute({
  method: 'delete',
  path: '/v1/sessions/{session_id}',
  operationId: 'endSession',
  tags,
  security,
  summary: 'End one of them, everywhere within a second',
  request: {
    params: z.object({
      session_id: z
        .string()
        .max(64)
        .openapi({ param: { name: 'session_id', in: 'path' } }),
    }),
  },
  responses: {
    200: json(z.object({ id: z.string(), object: z.literal('session'), deleted: z.literal(true) }), 'Ended.'),
    ...failures,
  },
})

const endOtherSessions = createRoute({
  method: 'delete',
  path: '/v1/sessions',
  operationId: 'endOtherSessions',
  tags,
  security,
  summary: 'End all of them but the one that asks',
  responses: { 200: json(z.object({ ended: z.int() }).openapi('EndedSessions'), 'How many.'), ...failures },
})

const createLink = createRoute({
  method: 'post',
  path: '/v1/sessions/links',
  operationId: 'createSignInLink',
  tags,
  security,
  summary: 'A link to the console that signs in once, as you, within an hour',
  responses: { 201: json(SignInLink, 'The link.'), ...failures },
})

const changePassword = createRoute({
  method: 'post',
  path: '/v1/accounts/me/password',
  operationId: 'changePassword',
  tags: ['Accounts'],
  security,
  summary: 'Change your password: it ends your other sessions and all access tokens; keys stay',
  request: {
    body: jsonBody(PasswordRequest, {
      current_password: 'analytical engine',
      new_password: 'difference engine',
    }),
  },
  responses: { 204: { description: 'Changed.' }, ...failures },
})

const toSession = (row: SessionRow, currentId: string | undefined): z.infer<typeof Session> => ({
  id: row.id,
  object: 'session',
  user_agent: row.userAgent,
  by_key: row.keyId !== null,
  created: seconds(row.createdAt),
  last_used_at: seconds(row.lastUsedAt),
  expires_at: seconds(endOf(row)),
  current: row.id === currentId,
})

export interface SessionServices {
  accounts: Accounts
  sessions: Sessions
  changePassword: ReturnType<typeof createPasswordChange>
}

/** Signing in and out of browsers, and what of that an account sees. */
export function sessionRoutes(
  app: Surface,
  { accounts, sessions, changePassword: change }: SessionServices,
): void {
  const fromOf = (c: Context) => ({
    subject: toIpSubject(clientAddressOf(c)),
    userAgent: c.req.header('user-agent') ?? null,
  })
  const bodyOf = async ({ account, session, token, expiresInSeconds }: OpenedSession) => ({
    access_token: token,
    token_type: 'bearer' as const,
    expires_in: expiresInSeconds,
    session: toSession(session, session.id),
    account: toAccount(await accounts.get(account.id)),
    scopes: account.key ? (scopesOf(account.key)?.slice() ?? null) : null,
  })

  app.openapi(signIn, async (c) => {
    refuseForeignPage(c)
    const given = c.req.valid('json')
    const open = () => {
      if ('code' in given) return sessions.openByLink(given.code, fromOf(c))
      if ('api_key' in given) return sessions.openByKey(given.api_key, fromOf(c))
      return sessions.openByPassword(given.login, given.password, fromOf(c))
    }
    const opened = await open()
    keepSession(c, opened.secret, endOf(opened.session))
    return c.json(await bodyOf(opened), 201)
  })

  app.openapi(renew, async (c) => c.json(await bodyOf(await sessions.renew(sessionSecretOf(c))), 200))

  app.openapi(signOut, async (c) => {
    await sessions.endBySecret(sessionSecretOf(c))
    forgetSession(c)
    return c.body(null, 204)
  })

  app.openapi(listSessions, async (c) => {
    const { id, sessionId } = accountOf(c)
    const listed = await sessions.list(id)
    return c.json({ object: 'list' as const, data: listed.map((row) => toSession(row, sessionId)) }, 200)
  })

  app.openapi(endSession, async (c) => {
    const { session_id: id } = c.req.valid('param')
    await sessions.end(accountOf(c).id, id)
    return c.json({ id, object: 'session' as const, deleted: true as const }, 200)
  })

  app.openapi(endOtherSessions, async (c) => c.json({ ended: await sessions.endOthers(accountOf(c)) }, 200))

  app.openapi(createLink, async (c) => {
    const { code, expiresAt } = await sessions.makeLink(accountOf(c))
    // Behind the hash: it is sent to no server, and stands in no log.
    const url = `${new URL(c.req.url).origin}/console/#code=${code}`
    return c.json({ object: 'sign_in_link' as const, code, url, expires_at: seconds(expiresAt) }, 201)
  })

  app.openapi(changePassword, async (c) => {
    const account = await passwordAccountOf(c, accounts)
    const { current_password: current, new_password: next } = c.req.valid('json')
    await change(account, { current, next, subject: toIpSubject(clientAddressOf(c)) })
    return c.body(null, 204)
  })
}
