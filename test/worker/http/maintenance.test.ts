import { describe, expect, it } from 'vitest'
import { requireOpen } from '../../../worker/http/maintenance.ts'

describe('during maintenance', () => {
  it('a door is open to administrators and to nobody else', () => {
    const closed = { maintenance: true }
    expect(() => requireOpen(closed, { roles: ['viewer', 'admin'] })).not.toThrow()
    for (const caller of [{ roles: ['viewer'] }, { roles: [] }, undefined]) {
      expect(() => requireOpen(closed, caller)).toThrow('Down for maintenance: try again later.')
    }
  })

  it('is the only time that it is closed', () => {
    expect(() => requireOpen({ maintenance: false }, undefined)).not.toThrow()
  })
})
