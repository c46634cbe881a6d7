import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { createProfiles, MAX_PROFILES_BYTES } from '../../../../worker/services/advising/profiles.ts'
import { freshAccounts } from '../../world.ts'

const profiles = createProfiles(createDb(env.DB))

/** A row as it was written when profiles were kept in the words of a contract. */
async function earlierRow() {
  const { accounts } = freshAccounts()
  const username = `student-${crypto.randomUUID()}`
  const account = await accounts.create({ email: null, username, password: 'a password', roles: ['viewer'] })
  const id = newId()
  const record = {
    id: newId(),
    createdAt: 7,
    fields: {
      current_status: 'Student',
      gpa: 15.5,
      transcript_url: 'https://example.com/a_b',
      subject_grades: [{ subject_name: 'snake_case', grade: 12, weight: null }],
    },
  }
  const wishes = {
    id: newId(),
    createdAt: 8,
    fields: { hobbies: ['bird_watching'], budget_range_min: 5, budget_range_max: 10, career_goals: 'To fly' },
  }
  await env.DB.prepare(
    `INSERT INTO profiles (id, account_id, name, status, academic_record, preferences, created_at, updated_at)
     VALUES (?, ?, 'old', 'active', ?, ?, 1, 2)`,
  )
    .bind(id, account.id, JSON.stringify(record), JSON.stringify(wishes))
    .run()
  return { accountId: account.id, id, record, wishes }
}

describe('a profile that was kept in the words of a contract', () => {
  it('is read whole, and what people wrote is left as it is', async () => {
    const { accountId, id, record, wishes } = await earlierRow()
    expect(await profiles.find(accountId, id)).toMatchObject({
      academicRecord: {
        id: record.id,
        createdAt: 7,
        fields: {
          currentStatus: 'Student',
          gpa: 15.5,
          transcriptUrl: 'https://example.com/a_b',
          subjectGrades: [{ subjectName: 'snake_case', grade: 12, weight: null }],
        },
      },
      preferences: {
        id: wishes.id,
        createdAt: 8,
        fields: {
          hobbies: ['bird_watching'],
          budgetRangeMin: 5,
          budgetRangeMax: 10,
          careerGoals: 'To fly',
        },
      },
    })
  })

  it('keeps all of it when one field is changed, and counts in what is checked', async () => {
    const { accountId, id } = await earlierRow()
    await expect(
      profiles.update(accountId, id, { preferences: { budgetRangeMin: 11 } }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await profiles.update(accountId, id, { preferences: { budgetRangeMin: 6, careerGoals: null } })
    const found = await profiles.find(accountId, id)
    expect(found?.preferences?.fields).toEqual({
      hobbies: ['bird_watching'],
      budgetRangeMin: 6,
      budgetRangeMax: 10,
    })
    expect(found?.academicRecord?.fields).toMatchObject({ currentStatus: 'Student', gpa: 15.5 })
  })
})

/** Bytes of a profile of which nothing but a text is given, and the name is one letter. */
const EMPTY_BYTES = 'n""'.length

/** An account whose profiles have so many bytes left. */
async function accountWithLeft(bytes: number): Promise<string> {
  const { accounts } = freshAccounts()
  const username = `student-${crypto.randomUUID()}`
  const { id } = await accounts.create({ email: null, username, password: 'a password', roles: ['viewer'] })
  const rows = 16
  const fill = (size: number) =>
    env.DB.prepare(
      `INSERT INTO profiles (id, account_id, name, status, draft_payload, created_at, updated_at)
       VALUES (?, ?, 'n', 'draft', ?, 1, 2)`,
    ).bind(newId(), id, JSON.stringify('x'.repeat(size - EMPTY_BYTES)))
  const each = Math.floor((MAX_PROFILES_BYTES - bytes) / rows)
  const last = MAX_PROFILES_BYTES - bytes - each * (rows - 1)
  await env.DB.batch([...Array.from({ length: rows - 1 }, () => fill(each)), fill(last)])
  return id
}

describe(`the profiles of an account, of ${MAX_PROFILES_BYTES} bytes in all`, () => {
  const draft = (bytes: number) => ({
    name: 'n',
    status: 'draft' as const,
    draftPayload: 'é'.repeat(10) + 'x'.repeat(bytes - EMPTY_BYTES - 20),
  })

  it('are created up to the limit, and not one byte beyond', async () => {
    const accountId = await accountWithLeft(1_000)
    await expect(profiles.create(accountId, draft(1_001))).rejects.toMatchObject({ code: 'storage_full' })
    const before = await profiles.list(accountId)
    await profiles.create(accountId, draft(1_000))
    expect(await profiles.list(accountId)).toHaveLength(before.length + 1)
  })

  it('are changed up to the limit, and always made smaller', async () => {
    const accountId = await accountWithLeft(1_000)
    const { id } = await profiles.create(accountId, draft(500))
    const change = (bytes: number) => {
      const { draftPayload } = draft(bytes)
      return profiles.update(accountId, id, { draftPayload })
    }
    await expect(change(1_001)).rejects.toMatchObject({ code: 'storage_full' })
    expect((await profiles.find(accountId, id))?.draftPayload).toBe(draft(500).draftPayload)
    await change(1_000)
    await change(100)
    expect((await profiles.find(accountId, id))?.draftPayload).toBe(draft(100).draftPayload)
  })
})
