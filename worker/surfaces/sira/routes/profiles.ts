import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { fromUuid } from '../../../../shared/ids.ts'
import { etagOf } from '../../../http/download/download.ts'
import { includesTag, tagsOf } from '../../../http/download/entity-tags.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import {
  BUDGET_PARAM,
  type ProfilePatch as Patch,
  type Profile as ProfileRow,
  type Profiles,
  versionOf,
} from '../../../services/advising/profiles.ts'
import { preferencesOf, recordOf, toProfile, toSummary } from '../profile-words.ts'
import { failures, SECURITY } from '../responses.ts'
import { NewProfile, Profile, ProfilePatch, ProfilePath, ProfileSummary, StatusPatch } from '../schemas.ts'

const common = { tags: ['Profiles'], security: SECURITY }
const path = '/api/profiles/{profile_id}'

const createProfile = createRoute({
  ...common,
  method: 'post',
  path: '/api/profiles',
  operationId: 'createProfile',
  summary: 'A new profile of the caller',
  request: {
    body: jsonBody(NewProfile, {
      profile_name: 'My CS track',
      academic_record: {
        current_status: 'High school',
        gpa: 15.5,
        subject_grades: [{ subject_name: 'Mathematics', grade: 18.5 }],
      },
      preferences: {
        favorite_subjects: ['Computer science'],
        geographic_preference: 'Europe',
        budget_range_max: 12_000,
      },
    }),
  },
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
  description:
    'With `If-Match` and the `ETag` that the profile was read with, the change is 409 where somebody else was faster. Without it, ' +
    'changes made at the same time are laid over each other and none is lost.',
  request: {
    params: ProfilePath,
    body: jsonBody(ProfilePatch, { preferences: { career_goals: 'To build compilers' } }),
  },
  responses: { 200: json(Profile, 'The profile as it is now.'), ...failures(401, 404, 409, 422) },
})

const patchStatus = createRoute({
  ...common,
  method: 'patch',
  path: `${path}/status`,
  operationId: 'patchProfileStatus',
  summary: 'Change the status alone',
  request: { params: ProfilePath, body: jsonBody(StatusPatch, { status: 'active' }) },
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

const missing = () => new AppError('not_found', 'There is no such profile.')

/** The id that a UUID of a path or a body spells. Throws `not_found` for one that cannot be ours. */
export function profileIdOf(uuid: string): string {
  const id = fromUuid(uuid)
  if (id === undefined) throw missing()
  return id
}

type Given = Pick<z.infer<typeof ProfilePatch>, 'academic_record' | 'preferences' | 'draft_payload'>
const partsOf = ({ academic_record: record, preferences, draft_payload: draftPayload }: Given) => ({
  academicRecord: recordOf(record),
  preferences: preferencesOf(preferences),
  draftPayload,
})

const BUDGET_MISTAKE = {
  path: ['body', 'preferences', 'budget_range_min'],
  message: 'budget_range_min must not be greater than budget_range_max',
  type: 'value_error',
}

/** A budget that only the merged whole can tell to be wrong is a mistake in the body like any other. */
async function asMistake<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (thrown) {
    const { code, param } = toAppError(thrown)
    if (code !== 'invalid_request' || param !== BUDGET_PARAM) throw thrown
    const { message, path: place } = BUDGET_MISTAKE
    throw new AppError(code, message, { param: place.slice(1).join('.'), issues: [BUDGET_MISTAKE] })
  }
}

export function profileRoutes(app: Surface, profiles: Profiles): void {
  /** A profile, with the version by which a later change says what it is laid over. */
  function told(c: Context<SurfaceEnv>, profile: ProfileRow) {
    c.header('etag', etagOf(versionOf(profile)))
    return toProfile(profile, accountOf(c).id)
  }

  async function change(c: Context<SurfaceEnv>, uuid: string, patch: Patch) {
    const expected = tagsOf('If-Match', c.req.header('if-match'), { weak: false })
    const isExpected = (version: string) => expected === undefined || includesTag(expected, version)
    const changed = await asMistake(profiles.update(accountOf(c).id, profileIdOf(uuid), patch, isExpected))
    if (!changed) throw missing()
    return told(c, changed)
  }

  app.openapi(createProfile, async (c) => {
    const { id } = accountOf(c)
    const body = c.req.valid('json')
    const { profile_name: name, status } = body
    const created = await asMistake(profiles.create(id, { name, status, ...partsOf(body) }))
    return c.json(told(c, created), 201)
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
    return c.json(told(c, found), 200)
  })

  app.openapi(patchProfile, async (c) => {
    const body = c.req.valid('json')
    const patch = { name: body.profile_name, status: body.status, ...partsOf(body) }
    return c.json(await change(c, c.req.valid('param').profile_id, patch), 200)
  })

  app.openapi(patchStatus, async (c) => {
    const { status } = c.req.valid('json')
    return c.json(await change(c, c.req.valid('param').profile_id, { status }), 200)
  })

  app.openapi(deleteProfile, async (c) => {
    await change(c, c.req.valid('param').profile_id, { status: 'archived' })
    return c.body(null, 204)
  })
}
