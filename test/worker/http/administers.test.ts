import { describe, expect, it } from 'vitest'
import { viewerOf } from '../../../worker/http/administers.ts'

const administersAs = (roles: string[], scopes?: string[] | null, isBound = false) =>
  viewerOf({
    ...{ id: 'a', roles },
    ...(scopes !== undefined && {
      key: { id: 'k', scopes, model: isBound ? { id: 'm', name: 'm', baseModel: 'm' } : null },
    }),
  }).isAdministrator

describe('a caller administers the deployment', () => {
  it('by the role, and by a credential with the scope', () => {
    for (const scopes of [undefined, null, ['admin'], ['inference', 'admin']])
      expect(administersAs(['trainer', 'admin'], scopes)).toBe(true)
  })

  it('neither by a key without the scope, nor by one for a model, nor without the role', () => {
    expect(administersAs(['admin'], ['inference', 'files', 'account'])).toBe(false)
    expect(administersAs(['admin'], null, true)).toBe(false)
    expect(administersAs(['trainer'], null)).toBe(false)
  })
})
