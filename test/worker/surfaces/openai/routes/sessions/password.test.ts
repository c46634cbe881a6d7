import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { NAME_WINDOW } from '../../../../../../worker/services/accounts/login-guard.ts'
import {
  asPerson,
  endedFor,
  expectRefusal,
  newPerson,
  type Opened,
  PASSWORD,
  renew,
  send,
  signIn,
  statusWith,
} from '../../../../session-client.ts'
import { freshAccounts } from '../../../../world.ts'

describe('POST /v1/accounts/me/password', () => {
  const NEW = 'battery staple'
  const change = (token: string, body: object) => send('/v1/accounts/me/password', { token, body })

  it('changes it, and ends the other sessions and all tokens that stand alone, but no key', async () => {
    const { username, id } = await newPerson()
    const { keys } = freshAccounts()
    const { secret } = await keys.create({ accountId: id, name: 'a program' })
    const other = await asPerson(username)
    const login = await send('/v1/auth/login', { body: { login: username, password: PASSWORD } })
    const { access_token: alone } = (await login.json()) as Opened
    const { iat = 0 } = decodeJwt(alone)
    // Tokens count in whole seconds, and those of the second of the change stay.
    await expect.poll(() => Math.floor(Date.now() / 1_000)).toBeGreaterThan(iat)
    const { access_token: token, cookie } = await asPerson(username)
    expect((await change(token, { current_password: PASSWORD, new_password: NEW })).status).toBe(204)
    await endedFor(other.access_token)
    await endedFor(alone)
    expect(await statusWith(token)).toBe(200)
    expect((await renew(cookie)).status).toBe(200)
    expect(await statusWith(secret)).toBe(200)
    expect((await send('/v1/session', { body: { login: username, password: PASSWORD } })).status).toBe(401)
    await signIn({ login: username, password: NEW })
  })

  it.each([
    ['a wrong one', { current_password: 'wrong', new_password: NEW }, 'current_password'],
    ['the same one again', { current_password: PASSWORD, new_password: PASSWORD }, 'new_password'],
    ['one of seven characters', { current_password: PASSWORD, new_password: 'seven77' }, 'new_password'],
    ['none', { current_password: PASSWORD }, 'new_password'],
  ])('refuses %s by name, and ends nothing', async (_name, body, param) => {
    const { username } = await newPerson()
    const other = await asPerson(username)
    const { access_token: token } = await asPerson(username)
    const response = await change(token, body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
    expect((await renew(other.cookie)).status).toBe(200)
  })

  it('counts wrong ones like wrong logins, so that an open page cannot guess', async () => {
    const { username } = await newPerson()
    const { access_token: token } = await asPerson(username)
    const wrong = { current_password: 'wrong', new_password: NEW }
    for (let tries = 0; tries < NAME_WINDOW.limit; tries += 1)
      expect((await change(token, wrong)).status).toBe(400)
    const response = await change(token, { current_password: PASSWORD, new_password: NEW })
    await expectRefusal(response, 429, /Too many failed logins/)
  })

  it('lets one of two changes at the same time through', async () => {
    const { username } = await newPerson()
    const tabs = [await asPerson(username), await asPerson(username)]
    const answers = await Promise.all(
      tabs.map(({ access_token }, at) =>
        change(access_token, { current_password: PASSWORD, new_password: `${NEW} ${at}` }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 204)).toHaveLength(1)
  })
})
