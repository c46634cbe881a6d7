import { AppError } from '../../../shared/errors.ts'
import type { Account } from '../../services/accounts/accounts.ts'
import { requireScope, type Scope, scopesOf } from '../../services/accounts/keys.ts'

/** The scope that a key needs for an operation, by the longest path that it begins with. */
const SCOPE_OF_PATH: Record<string, Scope> = {
  '/v1/chat': 'inference',
  '/v1/completions': 'inference',
  '/v1/embeddings': 'inference',
  '/v1/models': 'inference',
  '/v1/workspace': 'files',
  '/v1/workspace-uploads': 'files',
  '/v1/files': 'files',
  '/v1/uploads': 'files',
  '/v1/fine_tuning': 'account',
  '/v1/keys': 'account',
  '/v1/usage': 'account',
  '/v1/programs': 'account',
  '/v1/programs/imports': 'admin',
  '/v1/accounts/me': 'account',
  '/v1/accounts': 'admin',
  '/v1/nodes': 'admin',
  '/v1/metrics': 'admin',
  '/v1/shared-prompts': 'admin',
}

/** Those of operations whose paths begin with another scope's. */
const SCOPE_OF_OPERATION: Record<string, Scope> = {
  'DELETE /v1/models/:model': 'account',
  'GET /v1/models/:model/content': 'account',
  'DELETE /v1/programs/:program_id': 'admin',
}

const longestFirst = Object.entries(SCOPE_OF_PATH).toSorted(([a], [b]) => b.length - a.length)

/** The scope of an operation (`METHOD /path`); undefined where none is enough. */
export function scopeOf(operation: string): Scope | undefined {
  const [, path = ''] = operation.split(' ')
  const own = SCOPE_OF_OPERATION[operation]
  if (own) return own
  return longestFirst.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1]
}

/** Throws `forbidden` when the key that speaks for the account was not given what an operation needs. */
export function requireScopeFor(account: Account, operation: string): void {
  const scope = scopeOf(operation)
  if (scope) requireScope(account, scope)
  // Whoever adds an operation and no line above closes it to narrowed keys instead of opening it.
  else if (account.key && scopesOf(account.key))
    throw new AppError('forbidden', 'An API key with scopes may not do this.')
}
