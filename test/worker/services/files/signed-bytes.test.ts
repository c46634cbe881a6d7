import '../../workerd.ts'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTokens } from '../../../../worker/services/accounts/tokens.ts'
import { createSignedBytes, SIGNED_BYTES_SECONDS } from '../../../../worker/services/files/signed-bytes.ts'

const SECRET = 'a secret of the tests that is long enough'
const grant = { key: 'training/job/1/result/0', method: 'GET' as const }
const refused = { code: 'forbidden' }

describe('a signed address', () => {
  it('opens the object that it was signed for, with all that was said of it', async () => {
    const { sign, open } = createSignedBytes(SECRET)
    const whole = { ...grant, jobId: 'job', attempt: 2, bytes: 5, sha256: 'ab' }
    expect(await open(await sign(whole), 'GET')).toEqual(whole)
    expect(await open(await sign(grant), 'GET')).toEqual(grant)
  })

  it('holds for one method', async () => {
    const { sign, open } = createSignedBytes(SECRET)
    await expect(open(await sign(grant), 'PUT')).rejects.toMatchObject(refused)
    await expect(open(await sign({ ...grant, method: 'PUT' }), 'GET')).rejects.toMatchObject(refused)
  })

  it('holds until its time is over, and not a second longer', async () => {
    let now = 1_000_000_000_000
    const { sign, open } = createSignedBytes(SECRET, () => now)
    const token = await sign(grant)
    now += (SIGNED_BYTES_SECONDS - 1) * 1_000
    expect(await open(token, 'GET')).toEqual(grant)
    now += 1_000
    await expect(open(token, 'GET')).rejects.toMatchObject(refused)
  })

  it('is nobody else’s to make: not with another secret, not with the secret itself, not as an access token', async () => {
    const { open } = createSignedBytes(SECRET)
    const account = { id: '0'.repeat(24), email: null, roles: ['admin'] }
    const made = await new SignJWT(grant)
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience('switchyard bytes')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(SECRET))
    const tokens = [
      made,
      await createSignedBytes(`${SECRET} or another`).sign(grant),
      await createTokens(SECRET).issue(account),
      '',
      'a.b.c',
    ]
    for (const token of tokens) await expect(open(token, 'GET')).rejects.toMatchObject(refused)
  })

  it('is no access token', async () => {
    const token = await createSignedBytes(SECRET).sign(grant)
    await expect(createTokens(SECRET).verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
