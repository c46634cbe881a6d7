import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { createProfiles } from '../../../../worker/services/advising/profiles.ts'
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
