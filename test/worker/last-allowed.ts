import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'

/** Asks until it is refused, and answers with when the last request began that was not: how slow each was does not matter. */
export async function lastAllowed(isAllowed: () => Promise<boolean>): Promise<number> {
  let last = 0
  await eventually(async () => {
    const begun = Date.now()
    const allowed = await isAllowed()
    if (allowed) last = begun
    expect(allowed).toBe(false)
  })
  return last
}
