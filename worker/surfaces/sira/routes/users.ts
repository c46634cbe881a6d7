import { createRoute, type z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { fromUuid, toUuid } from '../../../../shared/ids.ts'
import { inWords } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account, Accounts } from '../../../services/accounts/accounts.ts'
import { failures, SECURITY, timeOf } from '../responses.ts'
import { User, UserSync } from '../schemas.ts'

const syncUser = createRoute({
  method: 'post',
  path: '/api/users/sync',
  operationId: 'syncUser',
  tags: ['Users'],
  security: SECURITY,
  summary: 'Write down what the identity provider knows of the caller, as often as one likes',
  request: {
    body: jsonBody(UserSync, {
      clerk_user_id: '507f1f77bcf86cd799439011',
      email: 'ada@example.com',
      first_name: 'Ada',
    }),
  },
  responses: { 201: json(User, 'The user.'), ...failures(401, 403, 409, 422) },
})

/** Without an identity provider's subject, an account goes by its own id, in our spelling or in this contract's. */
const isOwnSubject = ({ id, subject }: Account, given: string): boolean =>
  subject === null ? (fromUuid(given) ?? given) === id : given === subject

const toUser = (account: Account, subject: string): z.infer<typeof User> => ({
  id: toUuid(account.id),
  clerk_user_id: subject,
  email: account.contactEmail ?? account.email,
  first_name: account.givenName,
  last_name: account.familyName,
  created_at: timeOf(account.createdAt),
})

export function userRoutes(app: Surface, accounts: Accounts): void {
  app.openapi(syncUser, async (c) => {
    const account = accountOf(c)
    const given = c.req.valid('json')
    if (!isOwnSubject(account, given.clerk_user_id)) {
      throw new AppError('forbidden', 'clerk_user_id is not your own.', { param: 'clerk_user_id' })
    }
    const details = {
      email: given.email,
      givenName: given.first_name || null,
      familyName: given.last_name || null,
    }
    const synced = await inWords(accounts.syncDetails(account.id, details), {
      conflict: 'The email belongs to another user.',
    })
    return c.json(toUser(synced, given.clerk_user_id), 201)
  })
}
