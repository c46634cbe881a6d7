import { createRoute, type z } from '@hono/zod-openapi'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { fromUuid, toUuid } from '../../../../shared/ids.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type {
  ProfilePatch as Patch,
  Profile as ProfileRow,
  ProfileSummary as ProfileSummaryRow,
  Profiles,
} from '../../../services/advising/profiles.ts'
import { failures, SECURITY, timeOf } from '../responses.ts'
import { NewProfile, Profile, ProfilePatch, ProfilePath, ProfileSummary, StatusPatch } from '../schemas.ts'

const common = { tags: ['Profiles'], security: SECURITY }
const path = '/api/profiles/{profile_id}'

const createProfile = createRoute({
  ...common,
  method: 'post',
  path: '/api/profiles',
  operationId: 'createProfile',
  summary: 'A new profile of the caller',
  request: { body: jsonBody(NewProfile) },
  responses: { 201: json(Profile, 'The profile.'), ...failures(401, 409, 422) },
})

const listProfiles = createRoute({
  ...common,
  method: 'get',
  path: '/api/profiles',
  operationId: 'listProfiles',
  summary: 'The caller’s profiles, newest first, with those that were deleted',
  responses: { 200: json(ProfileSummary.array(), 'The profiles.'), ...failures(401) },
})

const getProfile = createRoute({
  ...common,
  method: 'get',
  path,
  operationId: 'getProfile',
  summary: 'A profile with its parts',
  request: { params: ProfilePath },
  responses: { 200: json(Profile, 'The profile.'), ...failures(401, 404, 422) },
})

const patchProfile = createRoute({
  ...common,
  method: 'patch',
  path,
  operationId: 'patchProfile',
  summary: 'Change what is given: parts merge, lists are replaced, null clears',
  request: { params: ProfilePath, body: jsonBody(ProfilePatch) },
  responses: { 200: json(Profile, 'The profile as it is now.'), ...failures(401, 404, 409, 422) },
})

const patchStatus = createRoute({
  ...common,
  method: 'patch',
  path: `${path}/status`,
  operationId: 'patchProfileStatus',
  summary: 'Change the status alone',
  request: { params: ProfilePath, body: jsonBody(StatusPatch) },
  responses: { 200: json(Profile, 'The profile as it is now.'), ...failures(401, 404, 409, 422) },
})

const deleteProfile = createRoute({
  ...common,
  method: 'delete',
  path,
  operationId: 'deleteProfile',
  summary: 'Archive a profile: it stays readable',
  request: { params: ProfilePath },
  responses: { 204: { description: 'It is archived.' }, ...failures(401, 404, 409, 422) },
})

const toSummary = (row: ProfileSummaryRow, accountId: string): z.infer<typeof ProfileSummary> => ({
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
    current_status: fields.current_status ?? null,
    current_institution: fields.current_institution ?? null,
    current_field: fields.current_field ?? null,
    gpa: fields.gpa ?? null,
    transcript_url: fields.transcript_url ?? null,
    language_preference: fields.language_preference ?? null,
    created_at: timeOf(academicRecord.createdAt),
    subject_grades: (fields.subject_grades ?? []).map(({ subject_name, grade, weight }) => ({
      subject_name,
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
    favorite_subjects: fields.favorite_subjects ?? [],
    disliked_subjects: fields.disliked_subjects ?? [],
    soft_skills: fields.soft_skills ?? [],
    hobbies: fields.hobbies ?? [],
    geographic_preference: fields.geographic_preference ?? null,
    budget_range_min: fields.budget_range_min ?? null,
    budget_range_max: fields.budget_range_max ?? null,
    career_goals: fields.career_goals ?? null,
    created_at: timeOf(preferences.createdAt),
  }
}

const toProfile = (row: ProfileRow, accountId: string): z.infer<typeof Profile> => ({
  ...toSummary(row, accountId),
  draft_payload: null,
  academic_record: toAcademicRecord(row),
  preferences: toPreferences(row),
})

const missing = () => new AppError('not_found', 'There is no such profile.')

/** The id that a UUID of a path or a body spells. Throws `not_found` for one that cannot be ours. */
export function profileIdOf(uuid: string): string {
  const id = fromUuid(uuid)
  if (id === undefined) throw missing()
  return id
}

/** What only the merged whole can tell to be wrong, as a mistake in the body like any other. */
async function asMistake<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (thrown) {
    const { code, message, param } = toAppError(thrown)
    if (code !== 'invalid_request' || param === undefined) throw thrown
    const issue = { path: ['body', ...param.split('.')], message, type: 'value_error' }
    throw new AppError(code, message, { param, issues: [issue] })
  }
}

export function profileRoutes(app: Surface, profiles: Profiles): void {
  async function change(accountId: string, uuid: string, patch: Patch) {
    const changed = await asMistake(profiles.update(accountId, profileIdOf(uuid), patch))
    if (!changed) throw missing()
    return toProfile(changed, accountId)
  }

  app.openapi(createProfile, async (c) => {
    const { id } = accountOf(c)
    const { profile_name: name, status, academic_record: academicRecord, preferences } = c.req.valid('json')
    const created = await asMistake(profiles.create(id, { name, status, academicRecord, preferences }))
    return c.json(toProfile(created, id), 201)
  })

  app.openapi(listProfiles, async (c) => {
    const { id } = accountOf(c)
    return c.json(
      (await profiles.list(id)).map((row) => toSummary(row, id)),
      200,
    )
  })

  app.openapi(getProfile, async (c) => {
    const { id } = accountOf(c)
    const found = await profiles.find(id, profileIdOf(c.req.valid('param').profile_id))
    if (!found) throw missing()
    return c.json(toProfile(found, id), 200)
  })

  app.openapi(patchProfile, async (c) => {
    const { profile_name: name, status, academic_record: academicRecord, preferences } = c.req.valid('json')
    const patch = { name, status, academicRecord, preferences }
    return c.json(await change(accountOf(c).id, c.req.valid('param').profile_id, patch), 200)
  })

  app.openapi(patchStatus, async (c) => {
    const { status } = c.req.valid('json')
    return c.json(await change(accountOf(c).id, c.req.valid('param').profile_id, { status }), 200)
  })

  app.openapi(deleteProfile, async (c) => {
    await change(accountOf(c).id, c.req.valid('param').profile_id, { status: 'archived' })
    return c.body(null, 204)
  })
}
