import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { createSealer } from '../../../../worker/services/secrets/sealing.ts'

const bytes = new TextEncoder().encode('sk-secret')
const place = { salt: 'key-1', context: 'row-1' }
const current = createSealer(['s'.repeat(32)])

describe('a sealed text', () => {
  it('opens to the same bytes, any bytes', async () => {
    const all = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    expect(await current.open(await current.seal(all, place), place)).toEqual(all)
    expect(await current.open(await current.seal(new Uint8Array(), place), place)).toEqual(new Uint8Array())
  })

  it('shows nothing, and never looks the same twice', async () => {
    const [one, two] = [await current.seal(bytes, place), await current.seal(bytes, place)]
    expect(one).not.toBe(two)
    expect(one).not.toContain('sk-secret')
    expect(one).not.toContain(btoa('sk-secret').replaceAll('=', ''))
  })

  it.each([
    ['another salt', { ...place, salt: 'key-2' }],
    ['another place', { ...place, context: 'row-2' }],
  ])('does not open with %s', async (_name, other) => {
    expect(await current.open(await current.seal(bytes, place), other)).toBeUndefined()
  })

  it('does not open with another secret, or when it was changed', async () => {
    const sealed = await current.seal(bytes, place)
    expect(await createSealer(['x'.repeat(32)]).open(sealed, place)).toBeUndefined()
    const last = sealed.at(-3) === 'A' ? 'B' : 'A'
    expect(await current.open(sealed.slice(0, -3) + last + sealed.slice(-2), place)).toBeUndefined()
    expect(await current.open('', place)).toBeUndefined()
  })

  it('opens with the secret before while the secret is being changed', async () => {
    const sealed = await current.seal(bytes, place)
    const next = createSealer(['n'.repeat(32), 's'.repeat(32)])
    expect(await next.open(sealed, place)).toEqual(bytes)
    expect(await current.open(await next.seal(bytes, place), place)).toBeUndefined()
  })
})
