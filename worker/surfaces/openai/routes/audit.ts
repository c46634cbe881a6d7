import { createRoute, type z } from '@hono/zod-openapi'
import { requireAdmin } from '../../../http/auth.ts'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { AuditLog, ReadAuditEntry } from '../../../services/administration/audit-log.ts'
import { seconds } from '../account-form.ts'
import { type AuditEntry, AuditList, AuditQuery } from '../schemas/accounting/audit.ts'
import { failures } from '../schemas/common.ts'

const listAudit = createRoute({
  method: 'get',
  path: '/v1/audit',
  operationId: 'listAuditEntries',
  tags: ['Accounts'],
  security: [{ bearer: [] }],
  middleware: requireAdmin,
  summary: 'Who changed what, when and from where, newest first (admin)',
  description:
    'Accounts, keys, logins and sessions, nodes and their join tokens, switches, models, training jobs, webhooks, MCP servers, vector stores, and what was deleted or replaced. An entry is written together with its change, holds no secret, and is kept for 400 days. Refused logins are there too, at most 20 an hour of an account and from an address.',
  request: { query: AuditQuery },
  responses: { 200: json(AuditList, 'A page of it.'), ...failures },
})

const toEntry = (entry: ReadAuditEntry): z.infer<typeof AuditEntry> => ({
  id: entry.id,
  object: 'audit_entry',
  created: seconds(entry.createdAt),
  account_id: entry.actorId,
  account_name: entry.username ?? entry.email ?? entry.name,
  action: entry.action,
  target: entry.target,
  address: entry.address,
  before: entry.before ?? null,
  after: entry.after ?? null,
})

/** The record of changes. */
export function auditRoutes(app: Surface, auditLog: Pick<AuditLog, 'list'>): void {
  app.openapi(listAudit, async (c) => {
    const { account_id: actorId, ...query } = c.req.valid('query')
    const { entries, hasMore } = await auditLog.list({ ...query, actorId })
    const [first, last] = [entries[0]?.id ?? null, entries.at(-1)?.id ?? null]
    const page = { first_id: first, last_id: last, has_more: hasMore }
    return c.json({ object: 'list' as const, data: entries.map(toEntry), ...page }, 200)
  })
}
