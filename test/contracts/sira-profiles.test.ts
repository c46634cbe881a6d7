import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromUuid, toUuid } from '../../shared/ids.ts'
import { MAX_PROFILES } from '../../worker/services/advising/profiles.ts'
import {
  MAX_ITEMS,
  MAX_LONG_TEXT_LENGTH,
  MAX_NAME_LENGTH,
  MAX_URL_LENGTH,
} from '../../worker/surfaces/sira/schemas.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  from,
  newAccount,
  read,
  unreadableBodies,
} from './contract-client.ts'
import {
  ACADEMIC_RECORD,
  EXAMPLE,
  invalid,
  NO_PROFILE,
  PREFERENCES,
  profilesOf,
  time,
  uuid,
} from './sira-client.ts'

const client = contractClient('sira')

let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
})

const { call, create, created, get } = profilesOf(() => ada.token)

describe('POST /api/profiles', () => {
  it('answers the page’s example', async () => {
    const profile = await created()
    const head = { profile_id: profile.id, id: uuid, created_at: time }
    expect(profile).toEqual({
      id: uuid,
      user_id: toUuid(ada.account.id),
      profile_name: 'Computer Science Track',
      status: 'draft',
      draft_payload: null,
      created_at: time,
      updated_at: time,
      academic_record: { ...head, ...ACADEMIC_RECORD },
      preferences: { ...head, ...PREFERENCES },
    })
    expect(fromUuid(profile.id)).toBeDefined()
  })

  it('takes a name alone, as the page’s clients send it, and invents nothing', async () => {
    for (const body of [{ profile_name: 'My CS Track' }, { profile_name: 'My CS Track', status: 'draft' }]) {
      expect(await created(body)).toMatchObject({ status: 'draft', academic_record: null, preferences: null })
    }
    expect(await created({ profile_name: 'x', academic_record: {}, preferences: {} })).toMatchObject({
      academic_record: { gpa: null, current_status: null, subject_grades: [] },
      preferences: { hobbies: [], budget_range_min: null, career_goals: null },
    })
  })

  it('takes markup out of every text', async () => {
    const dirty = '<script>alert(1)</script><b>Clean</b>'
    const profile = await created({
      profile_name: dirty,
      academic_record: {
        current_status: dirty,
        current_institution: dirty,
        current_field: dirty,
        language_preference: dirty,
        subject_grades: [{ subject_name: dirty, grade: 1 }],
      },
      preferences: {
        favorite_subjects: [dirty],
        disliked_subjects: [dirty, '<i></i>'],
        soft_skills: [dirty],
        hobbies: [dirty],
        geographic_preference: dirty,
        career_goals: dirty,
      },
    })
    expect(profile).toMatchObject({
      profile_name: 'Clean',
      academic_record: {
        current_status: 'Clean',
        current_institution: 'Clean',
        current_field: 'Clean',
        language_preference: 'Clean',
        subject_grades: [{ subject_name: 'Clean', grade: 1, weight: null }],
      },
      preferences: {
        favorite_subjects: ['Clean'],
        disliked_subjects: ['Clean'],
        soft_skills: ['Clean'],
        hobbies: ['Clean'],
        geographic_preference: 'Clean',
        career_goals: 'Clean',
      },
    })
  })

  const GPA = 'GPA must be between 0.0 and 20.0'
  const GRADE = 'Grade must be between 0.0 and 100.0'
  const URL_MESSAGE = 'URL must be an http or https address'
  const record = (over: object) => ({ profile_name: 'x', academic_record: over })
  const wishes = (over: object) => ({ profile_name: 'x', preferences: over })
  it.each<[name: string, body: unknown, details: [field: string, message: unknown, type?: string][]]>([
    ['nothing', {}, [['body -> profile_name', 'field required', 'value_error.missing']]],
    ['a list', [], [['body', 'value is not a valid dict', 'type_error.dict']]],
    [
      'a name that is null',
      { profile_name: null },
      [['body -> profile_name', 'str type expected', 'type_error.str']],
    ],
    ['an empty name', { profile_name: ' ' }, [['body -> profile_name', 'Profile name cannot be empty']]],
    [
      'a name of markup',
      { profile_name: '<p></p>' },
      [['body -> profile_name', 'Profile name cannot be empty']],
    ],
    [
      'a name that is too long',
      { profile_name: 'x'.repeat(MAX_NAME_LENGTH + 1) },
      [['body -> profile_name', expect.any(String), 'value_error.any_str.max_length']],
    ],
    [
      'an unknown status',
      { profile_name: 'x', status: 'deleted' },
      [['body -> status', expect.stringContaining("'archived'"), 'type_error.enum']],
    ],
    ['a GPA above 20', record({ gpa: 20.1 }), [['body -> academic_record -> gpa', GPA]]],
    ['a GPA below 0', record({ gpa: -0.1 }), [['body -> academic_record -> gpa', GPA]]],
    [
      'a GPA that is text',
      record({ gpa: '15' }),
      [['body -> academic_record -> gpa', 'value is not a valid number', 'type_error.number']],
    ],
    [
      'the page’s two mistakes at once',
      { profile_name: '', academic_record: { gpa: 21 } },
      [
        ['body -> profile_name', 'Profile name cannot be empty'],
        ['body -> academic_record -> gpa', GPA],
      ],
    ],
    [
      'a grade above 100',
      record({ subject_grades: [{ subject_name: 'x', grade: 100.5 }] }),
      [['body -> academic_record -> subject_grades -> 0 -> grade', GRADE]],
    ],
    [
      'a grade of nothing',
      record({ subject_grades: [{ subject_name: '', grade: 1 }] }),
      [['body -> academic_record -> subject_grades -> 0 -> subject_name', 'Subject name cannot be empty']],
    ],
    ...['javascript:alert(1)', 'ftp://example.com/x', 'transcript.pdf', 'https://example.com/"><script>'].map(
      (url): [string, unknown, [string, string][]] => [
        `the transcript ${url}`,
        record({ transcript_url: url }),
        [['body -> academic_record -> transcript_url', URL_MESSAGE]],
      ],
    ),
    [
      'a transcript’s address that is too long',
      record({ transcript_url: `https://example.com/${'x'.repeat(MAX_URL_LENGTH)}` }),
      [['body -> academic_record -> transcript_url', expect.any(String), 'value_error.any_str.max_length']],
    ],
    [
      'a budget the wrong way round',
      wishes({ budget_range_min: 2, budget_range_max: 1 }),
      [
        [
          'body -> preferences -> budget_range_min',
          'budget_range_min must not be greater than budget_range_max',
        ],
      ],
    ],
    [
      'a negative budget',
      wishes({ budget_range_min: -1 }),
      [['body -> preferences -> budget_range_min', expect.any(String), 'value_error.number.not_ge']],
    ],
    [
      'too many hobbies',
      wishes({ hobbies: Array(MAX_ITEMS + 1).fill('x') }),
      [['body -> preferences -> hobbies', expect.any(String), 'value_error.list.max_items']],
    ],
    [
      'a hobby that is a number',
      wishes({ hobbies: ['x', 7] }),
      [['body -> preferences -> hobbies -> 1', 'str type expected', 'type_error.str']],
    ],
    [
      'goals that are too long',
      wishes({ career_goals: 'x'.repeat(MAX_LONG_TEXT_LENGTH + 1) }),
      [['body -> preferences -> career_goals', expect.any(String), 'value_error.any_str.max_length']],
    ],
  ])('answers 422 to %s, naming it', async (_name, body, details) => {
    expect(await read(await create(body))).toEqual(invalid(...details))
  })

  it('takes what is just within its limits', async () => {
    await created({
      profile_name: 'x'.repeat(MAX_NAME_LENGTH),
      academic_record: { gpa: 20, subject_grades: Array(MAX_ITEMS).fill({ subject_name: 'x', grade: 100 }) },
      preferences: {
        hobbies: Array(MAX_ITEMS).fill('x'),
        career_goals: 'x'.repeat(MAX_LONG_TEXT_LENGTH),
        budget_range_min: 0,
        budget_range_max: 0,
      },
    })
    await created({ profile_name: 'x', academic_record: { gpa: 0 } })
  })

  it(`keeps ${MAX_PROFILES} profiles of an account, and not one more`, async () => {
    const { account, token } = await newAccount()
    await env.DB.prepare(
      `INSERT INTO profiles (id, account_id, name, status, created_at, updated_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT printf('%024x', i), ?, 'x', 'archived', i, i FROM n`,
    )
      .bind(MAX_PROFILES - 1, account.id)
      .run()
    expect((await create(EXAMPLE, token)).status).toBe(201)
    expect(await read(await create(EXAMPLE, token))).toMatchObject([409, { error: 'Conflict' }])
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const headers = { ...init.headers, ...from(), authorization: `Bearer ${ada.token}` }
    const response = await client.raw('/api/profiles', { method: 'POST', ...init, headers })
    expect(await read(response)).toEqual([
      status,
      { error: expect.any(String), message: expect.any(String), details: {} },
    ])
  })
})

describe('who asks', () => {
  const routes = (id: string): [method: string, path: string, body?: object][] => [
    ['GET', `/api/profiles/${id}`],
    ['PATCH', `/api/profiles/${id}`, { profile_name: 'mine' }],
    ['PATCH', `/api/profiles/${id}/status`, { status: 'active' }],
    ['DELETE', `/api/profiles/${id}`],
  ]

  it('does not find another account’s profile, whatever it does, not even as an administrator', async () => {
    const profile = await created()
    const { token } = await newAccount({ roles: ['admin'] })
    for (const [method, path, body] of routes(profile.id)) {
      expect(await read(await call(path, { method, token, body })), method).toEqual(NO_PROFILE)
    }
    expect(await read(await call('/api/profiles', { token }))).toEqual([200, []])
    expect(await read(await get(profile.id))).toEqual([200, profile])
  })

  it('is nobody without a good token', async () => {
    const { id } = await created()
    const tokens = [await expiredToken(ada.account.id)]
    for (const [, forge] of forgeries) tokens.push(await forge(ada.account.id))
    const all: typeof routes = (of) => [
      ['GET', '/api/profiles'],
      ['POST', '/api/profiles', EXAMPLE],
      ...routes(of),
    ]
    for (const [method, path, body] of all(id)) {
      const init = { method, body, headers: from() }
      expect((await client.call(path, init)).status, path).toBe(401)
      for (const token of tokens) expect((await call(path, { ...init, token })).status, path).toBe(401)
    }
  })
})
