import { z } from '@hono/zod-openapi'
import { isId } from '../../../../../shared/ids.ts'
import { MAX_AUDIT_PAGE } from '../../../../services/administration/audit-log.ts'
import { listOf, pageOf } from '../../list-form.ts'

/** The longest action or target that is asked for. */
const MAX_WORD_LENGTH = 256

const word = (name: string, description: string) =>
  z
    .string()
    .min(1)
    .max(MAX_WORD_LENGTH)
    .optional()
    .openapi({ param: { name, in: 'query' }, description })

export const AuditQuery = pageOf(MAX_AUDIT_PAGE)
  .extend({
    account_id: z
      .string()
      .refine(isId, { error: 'expected an account id' })
      .optional()
      .openapi({ param: { name: 'account_id', in: 'query' }, description: 'What one account did.' }),
    action: word('action', 'One kind of change: `key.create`.'),
    target: word('target', 'What was done to one thing, by its id or name.'),
  })
  .strict()

/** A change that somebody made. */
export const AuditEntry = z
  .object({
    id: z.string(),
    object: z.literal('audit_entry'),
    created: z.int(),
    account_id: z.string().openapi({ description: 'Who did it; `nobody` of a login that was refused.' }),
    account_name: z.string().nullable().openapi({ description: 'Null where the account has none.' }),
    action: z.string(),
    target: z.string(),
    address: z.string().nullable().openapi({ description: 'Where the request came from; null: no request.' }),
    before: z.unknown().nullable(),
    after: z.unknown().nullable(),
  })
  .openapi('AuditEntry')

export const AuditList = listOf(AuditEntry).openapi('AuditList')
