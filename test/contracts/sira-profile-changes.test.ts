import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { toUuid } from '../../shared/ids.ts'
import { MAX_DRAFT_BYTES } from '../../worker/surfaces/sira/schemas.ts'
import { newAccount, read } from './contract-client.ts'
import {
  invalid,
  NO_PROFILE,
  PREFERENCES,
  type Profile,
  profilesOf,
  refused,
  time,
  uuid,
} from './sira-client.ts'

let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
})

const { call, create, created, get } = profilesOf(() => ada.token)
const patch = (id: string, body: unknown) => call(`/api/profiles/${id}`, { method: 'PATCH', body })
const patched = async (id: string, body: unknown) => {
  const response = await patch(id, body)
  expect(response.status).toBe(200)
  return (await response.json()) as Profile
}

describe('GET /api/profiles', () => {
  it('lists the caller’s own, the newest first, without their parts', async () => {
    const { account, token } = await newAccount()
    expect(await read(await call('/api/profiles', { token }))).toEqual([200, []])
    for (const profile_name of ['first', 'second']) await create({ profile_name }, token)
    // Created within one second: told apart by a clock that a test can move.
    await env.DB.prepare(
      "UPDATE profiles SET created_at = created_at - 9000 WHERE account_id = ? AND name = 'first'",
    )
      .bind(account.id)
      .run()
    const item = {
      id: uuid,
      user_id: toUuid(account.id),
      status: 'draft',
      created_at: time,
      updated_at: time,
    }
    expect(await read(await call('/api/profiles', { token }))).toEqual([
      200,
      [
        { ...item, profile_name: 'second' },
        { ...item, profile_name: 'first' },
      ],
    ])
  })
})

describe('GET /api/profiles/{profile_id}', () => {
  it('is what was created, its id in either case', async () => {
    const profile = await created()
    expect(await read(await get(profile.id))).toEqual([200, profile])
    expect(await read(await get(profile.id.toUpperCase()))).toEqual([200, profile])
  })

  it('answers 404 to a UUID that is nobody’s, and 422 to what is none', async () => {
    expect(await read(await get('a1b2c3d4-e5f6-7890-abcd-ef1234567890'))).toEqual(NO_PROFILE)
    expect(await read(await get('0'.repeat(24)))).toEqual(
      invalid(['path -> profile_id', 'value is not a valid uuid']),
    )
  })
})

describe('PATCH /api/profiles/{profile_id}', () => {
  it('merges nested objects, replaces lists, clears by null, and leaves the rest', async () => {
    const profile = await created()
    const now = await patched(profile.id, {
      profile_name: 'Other Track',
      academic_record: {
        gpa: 16,
        language_preference: null,
        subject_grades: [{ subject_name: 'Art', grade: 12 }],
      },
      preferences: { hobbies: ['Chess'], budget_range_max: null, unknown: 1 },
    })
    expect(now).toEqual({
      ...profile,
      profile_name: 'Other Track',
      updated_at: time,
      academic_record: {
        ...profile.academic_record,
        gpa: 16,
        language_preference: null,
        subject_grades: [{ subject_name: 'Art', grade: 12, weight: null }],
      },
      preferences: { ...profile.preferences, hobbies: ['Chess'], budget_range_max: null },
    })
    expect(await read(await get(profile.id))).toEqual([200, now])
  })

  it('keeps a draft of the client’s own as given, replaces it whole, and clears it', async () => {
    const draft = { step: 3, form: { name: '<b>x</b>', grades: [1.5, null, true] }, '': [] }
    const { id } = await created({ profile_name: 'x', draft_payload: draft })
    const read = async () => ((await (await get(id)).json()) as { draft_payload: unknown }).draft_payload
    expect(await read()).toEqual(draft)
    for (const next of [{ step: 4 }, [1, { two: 2 }], 'text', 0, false, '', null]) {
      expect(await patched(id, { draft_payload: next })).toMatchObject({ draft_payload: next })
      expect(await read()).toEqual(next)
    }
    await patched(id, { draft_payload: draft })
    expect(await patched(id, { profile_name: 'y' })).toMatchObject({ draft_payload: draft })
    const [listed] = (await (await call('/api/profiles')).json()) as object[]
    expect(listed).not.toHaveProperty('draft_payload')
  })

  it(`keeps a draft of ${MAX_DRAFT_BYTES} bytes as UTF-8, and not one more`, async () => {
    const { id } = await created()
    const text = 'é'.repeat(MAX_DRAFT_BYTES / 2 - 1)
    expect((await patch(id, { draft_payload: text })).status).toBe(200)
    expect(await read(await patch(id, { draft_payload: `${text}x` }))).toEqual(
      invalid(['body -> draft_payload', `Draft payload must be at most ${MAX_DRAFT_BYTES} bytes of JSON`]),
    )
    expect(await (await get(id)).json()).toMatchObject({ draft_payload: text })
  })

  it('is laid over the version that it names, and over no other', async () => {
    const response = await create()
    const first = response.headers.get('etag') ?? ''
    const { id } = (await response.json()) as Profile
    expect((await get(id)).headers.get('etag')).toBe(first)
    const change = (ifMatch: string, body: object, path = '') =>
      call(`/api/profiles/${id}${path}`, { method: 'PATCH', body, headers: { 'if-match': ifMatch } })
    const second = await change(first, { profile_name: 'second' })
    expect([second.status, second.headers.get('etag')]).toEqual([200, expect.not.stringMatching(first)])
    const stale = refused(409, 'Conflict', 'The profile has changed since it was read: read it again.')
    expect(await read(await change(first, { profile_name: 'third' }))).toEqual(stale)
    expect(await read(await change(first, { status: 'active' }, '/status'))).toEqual(stale)
    expect(await read(await change(`W/${second.headers.get('etag')}`, {}))).toEqual(stale)
    expect(await (await get(id)).json()).toMatchObject({ profile_name: 'second', status: 'draft' })
    expect((await change(`"x", ${second.headers.get('etag')}`, {})).status).toBe(200)
    expect((await change('*', {})).status).toBe(200)
    expect(await read(await change('nothing', {}))).toEqual(
      refused(
        400,
        'Bad Request',
        "Invalid 'If-Match': expected * or a list of entity tags in double quotes.",
      ),
    )
  })

  it('of two changes over one version takes one', async () => {
    const response = await create()
    const { id } = (await response.json()) as Profile
    const headers = { 'if-match': response.headers.get('etag') ?? '' }
    const both = ['a', 'b'].map((profile_name) =>
      call(`/api/profiles/${id}`, { method: 'PATCH', body: { profile_name }, headers }),
    )
    const statuses = (await Promise.all(both)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 409])
  })

  it('clears a part, and begins a new one', async () => {
    const profile = await created()
    expect(await patched(profile.id, { academic_record: null })).toMatchObject({
      academic_record: null,
      preferences: PREFERENCES,
    })
    const again = await patched(profile.id, { academic_record: { gpa: 9 } })
    expect(again.academic_record).toMatchObject({ profile_id: profile.id, gpa: 9, current_status: null })
    expect(again.academic_record?.id).not.toBe(profile.academic_record?.id)
  })

  it('checks the budget as it will be', async () => {
    const { id } = await created()
    expect(await read(await patch(id, { preferences: { budget_range_min: 20_000 } }))).toEqual(
      invalid([
        'body -> preferences -> budget_range_min',
        'budget_range_min must not be greater than budget_range_max',
      ]),
    )
    await patched(id, { preferences: { budget_range_min: 20_000, budget_range_max: 20_000 } })
  })

  it('loses none of two changes at the same time', async () => {
    const { id } = await created()
    await Promise.all([
      patched(id, { academic_record: { gpa: 1 } }),
      patched(id, { academic_record: { current_status: 'University' } }),
      patched(id, { preferences: { hobbies: ['Chess'] } }),
    ])
    expect((await read(await get(id)))[1]).toMatchObject({
      academic_record: { gpa: 1, current_status: 'University' },
      preferences: { hobbies: ['Chess'] },
    })
  })

  it.each<[name: string, body: unknown, field: string]>([
    ['a name of null', { profile_name: null }, 'body -> profile_name'],
    ['a status of null', { status: null }, 'body -> status'],
    ['a record that is a list', { academic_record: [] }, 'body -> academic_record'],
    ['a GPA of 21', { academic_record: { gpa: 21 } }, 'body -> academic_record -> gpa'],
  ])('answers 422 to %s and changes nothing', async (_name, body, field) => {
    const profile = await created()
    expect(await read(await patch(profile.id, body))).toMatchObject([422, { details: [{ field }] }])
    expect(await read(await get(profile.id))).toEqual([200, profile])
  })
})

describe('PATCH /api/profiles/{profile_id}/status', () => {
  const setStatus = (id: string, body: unknown) =>
    call(`/api/profiles/${id}/status`, { method: 'PATCH', body })

  it.each(['active', 'archived', 'draft'])('makes a profile %s and changes nothing else', async (status) => {
    const profile = await created()
    expect(await read(await setStatus(profile.id, { status }))).toEqual([
      200,
      { ...profile, status, updated_at: time },
    ])
  })

  it.each([{}, { status: 'gone' }, { status: null }])('answers 422 to %j', async (body) => {
    const { id } = await created()
    expect(await read(await setStatus(id, body))).toMatchObject([
      422,
      { details: [{ field: 'body -> status' }] },
    ])
  })
})

describe('DELETE /api/profiles/{profile_id}', () => {
  it('archives: the profile stays readable and listed, and can be deleted again', async () => {
    const profile = await created()
    for (let times = 0; times < 2; times += 1) {
      const response = await call(`/api/profiles/${profile.id}`, { method: 'DELETE' })
      expect([response.status, await response.text()]).toEqual([204, ''])
    }
    const archived = { ...profile, status: 'archived', updated_at: time }
    expect(await read(await get(profile.id))).toEqual([200, archived])
    const listed = (await (await call('/api/profiles')).json()) as Profile[]
    expect(listed.find(({ id }) => id === profile.id)).toMatchObject({ status: 'archived' })
  })
})
