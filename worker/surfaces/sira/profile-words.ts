import type { z } from '@hono/zod-openapi'
import { toUuid } from '../../../shared/ids.ts'
import type {
  ProfilePatch as Patch,
  Profile as ProfileRow,
  ProfileSummary as ProfileSummaryRow,
} from '../../services/advising/profiles.ts'
import { timeOf } from './responses.ts'
import type { AcademicRecord, Preferences, Profile, ProfileSummary } from './schemas.ts'

type Given<Schema extends z.ZodType> = z.infer<Schema> | null | undefined

/** A record as this contract gives it. */
export function recordOf(given: Given<typeof AcademicRecord>): Patch['academicRecord'] {
  if (!given) return given
  return {
    currentStatus: given.current_status,
    currentInstitution: given.current_institution,
    currentField: given.current_field,
    gpa: given.gpa,
    languagePreference: given.language_preference,
    transcriptUrl: given.transcript_url,
    subjectGrades: given.subject_grades?.map(({ subject_name: subjectName, ...rest }) => ({
      subjectName,
      ...rest,
    })),
  }
}

/** Wishes as this contract gives them. */
export function preferencesOf(given: Given<typeof Preferences>): Patch['preferences'] {
  if (!given) return given
  return {
    favoriteSubjects: given.favorite_subjects,
    dislikedSubjects: given.disliked_subjects,
    softSkills: given.soft_skills,
    hobbies: given.hobbies,
    geographicPreference: given.geographic_preference,
    budgetRangeMin: given.budget_range_min,
    budgetRangeMax: given.budget_range_max,
    careerGoals: given.career_goals,
  }
}

/** A profile in a list. */
export const toSummary = (row: ProfileSummaryRow, accountId: string): z.infer<typeof ProfileSummary> => ({
  id: toUuid(row.id),
  user_id: toUuid(accountId),
  profile_name: row.name,
  status: row.status,
  created_at: timeOf(row.createdAt),
  updated_at: timeOf(row.updatedAt),
})

function toAcademicRecord({ id, academicRecord }: ProfileRow): z.infer<typeof Profile>['academic_record'] {
  if (!academicRecord) return null
  const { fields } = academicRecord
  return {
    id: toUuid(academicRecord.id),
    profile_id: toUuid(id),
    current_status: fields.currentStatus ?? null,
    current_institution: fields.currentInstitution ?? null,
    current_field: fields.currentField ?? null,
    gpa: fields.gpa ?? null,
    transcript_url: fields.transcriptUrl ?? null,
    language_preference: fields.languagePreference ?? null,
    created_at: timeOf(academicRecord.createdAt),
    subject_grades: (fields.subjectGrades ?? []).map(({ subjectName, grade, weight }) => ({
      subject_name: subjectName,
      grade,
      weight: weight ?? null,
    })),
  }
}

function toPreferences({ id, preferences }: ProfileRow): z.infer<typeof Profile>['preferences'] {
  if (!preferences) return null
  const { fields } = preferences
  return {
    id: toUuid(preferences.id),
    profile_id: toUuid(id),
    favorite_subjects: fields.favoriteSubjects ?? [],
    disliked_subjects: fields.dislikedSubjects ?? [],
    soft_skills: fields.softSkills ?? [],
    hobbies: fields.hobbies ?? [],
    geographic_preference: fields.geographicPreference ?? null,
    budget_range_min: fields.budgetRangeMin ?? null,
    budget_range_max: fields.budgetRangeMax ?? null,
    career_goals: fields.careerGoals ?? null,
    created_at: timeOf(preferences.createdAt),
  }
}

/** A profile with its parts. */
export const toProfile = (row: ProfileRow, accountId: string): z.infer<typeof Profile> => ({
  ...toSummary(row, accountId),
  draft_payload: row.draftPayload,
  academic_record: toAcademicRecord(row),
  preferences: toPreferences(row),
})
