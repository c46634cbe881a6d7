import { AppError } from '../../../shared/errors.ts'
import type { Account } from '../../services/accounts/accounts.ts'
import { requireScope, type Scope, scopesOf } from '../../services/accounts/keys.ts'

/** The scope that a key needs for an operation, by the longest path that it begins with. */
const SCOPE_OF_PATH: Record<string, Scope> = {
  '/v1/chat': 'inference',
  '/v1/completions': 'inference',
  '/v1/responses': 'inference',
  '/v1/conversations': 'inference',
  '/v1/embeddings': 'inference',
  '/v1/models': 'inference',
  '/v1/agents': 'inference',
  '/v1/workspace': 'files',
  '/v1/workspace-uploads': 'files',
  '/v1/files': 'files',
  '/v1/uploads': 'files',
  '/v1/documents': 'files',
  '/v1/vector_stores': 'files',
  '/v1/fine_tuning': 'account',
  '/v1/keys': 'account',
  '/v1/sessions': 'account',
  '/v1/usage': 'account',
  '/v1/programs': 'account',
  '/v1/programs/imports': 'admin',
  '/v1/webhooks': 'account',
  '/v1/mcp': 'account',
  '/v1/accounts/me': 'account',
  '/v1/accounts': 'admin',
  '/v1/audit': 'admin',
  '/v1/nodes': 'admin',
  '/v1/metrics': 'admin',
  '/v1/shared-prompts': 'admin',
}

/** Those of operations that need others than their paths say. A job reads files, and what it makes of them can be asked for them. */
const SCOPES_OF_OPERATION: Record<string, readonly Scope[]> = {
  'DELETE /v1/models/:model': ['account'],
  'GET /v1/models/:model/content': ['account'],
  'POST /v1/fine_tuning/jobs': ['account', 'files'],
  'DELETE /v1/programs/:program_id': ['admin'],
}

const longestFirst = Object.entries(SCOPE_OF_PATH).toSorted(([a], [b]) => b.length - a.length)

/** The scopes that an operation (`METHOD /path`) needs, all of them; none where none is enough. */
export function scopesFor(operation: string): readonly Scope[] {
  const [, path = ''] = operation.split(' ')
  const own = SCOPES_OF_OPERATION[operation]
  if (own) return own
  const known = longestFirst.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))
  return known ? [known[1]] : []
}

/** Throws `forbidden` when the key that speaks for the account was not given all that an operation needs. */
export function requireScopeFor(account: Account, operation: string): void {
  const scopes = scopesFor(operation)
  for (const scope of scopes) requireScope(account, scope)
  // Whoever adds an operation and no line above closes it to narrowed keys instead of opening it.
  if (scopes.length === 0 && account.key && scopesOf(account.key))
    throw new AppError('forbidden', 'An API key with scopes may not do this.')
}
