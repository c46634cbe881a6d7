import { createRoute, z } from '@hono/zod-openapi'
import { requireAdmin } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Accounts } from '../../../services/accounts/accounts.ts'
import { toAccount } from '../account-form.ts'
import { Account, AccountList, AccountPage, AccountPatch, AccountRequest } from '../schemas/account.ts'
import { failures } from '../schemas/common.ts'

const AccountParams = z.object({
  account_id: z
    .string()
    .max(64)
    .openapi({ param: { name: 'account_id', in: 'path' } }),
})
const tags = ['Accounts']
const security = [{ bearer: [] }]
const middleware = requireAdmin

const getOwnAccount = createRoute({
  method: 'get',
  path: '/v1/accounts/me',
  operationId: 'retrieveOwnAccount',
  tags,
  security,
  summary: 'Your own account',
  responses: { 200: json(Account, 'The account.'), ...failures },
})

const listAccounts = createRoute({
  method: 'get',
  path: '/v1/accounts',
  operationId: 'listAccounts',
  tags,
  security,
  middleware,
  summary: 'Accounts, newest first (admin)',
  request: { query: AccountPage },
  responses: { 200: json(AccountList, 'A page of accounts.'), ...failures },
})

const createAccount = createRoute({
  method: 'post',
  path: '/v1/accounts',
  operationId: 'createAccount',
  tags,
  security,
  middleware,
  summary: 'A new account (admin)',
  request: {
    body: jsonBody(AccountRequest, {
      username: 'ada',
      password: 'analytical engine',
      name: 'Ada',
      roles: ['analyst'],
    }),
  },
  responses: { 201: json(Account, 'The account.'), ...failures },
})

const getAccount = createRoute({
  method: 'get',
  path: '/v1/accounts/{account_id}',
  operationId: 'retrieveAccount',
  tags,
  security,
  middleware,
  summary: 'One account (admin)',
  request: { params: AccountParams },
  responses: { 200: json(Account, 'The account.'), ...failures },
})

const updateAccount = createRoute({
  method: 'patch',
  path: '/v1/accounts/{account_id}',
  operationId: 'updateAccount',
  tags,
  security,
  middleware,
  summary: 'Change roles, plan or activity; the last active administrator stays one (admin)',
  request: {
    params: AccountParams,
    body: jsonBody(AccountPatch, { plan: 'pro', roles: ['trainer'] }),
  },
  responses: { 200: json(Account, 'The account as it is now.'), ...failures },
})

export function accountRoutes(app: Surface, accounts: Accounts): void {
  // Before the route with a parameter, which would take `me` for an id.
  app.openapi(getOwnAccount, async (c) => c.json(toAccount(await accounts.get(accountOf(c).id)), 200))

  app.openapi(listAccounts, async (c) => {
    const { accounts: records, hasMore } = await accounts.list(c.req.valid('query'))
    const [first, last] = [records[0]?.id ?? null, records.at(-1)?.id ?? null]
    const data = records.map(toAccount)
    return c.json({ object: 'list' as const, data, first_id: first, last_id: last, has_more: hasMore }, 200)
  })

  app.openapi(createAccount, async (c) => {
    const { email = null, username = null, name = null, password, roles } = c.req.valid('json')
    const { id } = await accounts.create({ email, username, name, password, roles }, accountOf(c).id)
    return c.json(toAccount(await accounts.get(id)), 201)
  })

  app.openapi(getAccount, async (c) => {
    return c.json(toAccount(await accounts.get(c.req.valid('param').account_id)), 200)
  })

  app.openapi(updateAccount, async (c) => {
    const { billing_cycle: billingCycle, ...patch } = c.req.valid('json')
    const { account_id: id } = c.req.valid('param')
    return c.json(toAccount(await accounts.update(id, { ...patch, billingCycle }, accountOf(c).id)), 200)
  })
}
