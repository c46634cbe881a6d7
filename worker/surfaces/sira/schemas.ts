import { z } from '@hono/zod-openapi'
import { visibleText } from '../../http/input/visible-name.ts'
import { sanitizeText } from '../../services/advising/sanitize.ts'

/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
export const MAX_EMAIL_LENGTH = 254
export const MAX_NAME_LENGTH = 255
export const MAX_SUBJECT_LENGTH = 255

/** Part of a person's name, without markup. An empty one was not given. */
const personName = visibleText().max(MAX_NAME_LENGTH).transform(sanitizeText).nullish()

const Time = z.iso.datetime().openapi({ example: '2026-01-29T10:00:00Z' })

export const ErrorBody = z
  .object({
    error: z.string(),
    message: z.string(),
    details: z.object({}),
  })
  .openapi('Error')

/** 422: every mistake and where it is, from the part of the request inwards. */
export const ValidationErrorBody = z
  .object({
    error: z.literal('Validation Error'),
    message: z.string(),
    details: z.array(
      z.object({
        field: z.string().openapi({ example: 'body -> email' }),
        message: z.string(),
        type: z.string(),
      }),
    ),
  })
  .openapi('ValidationError')

export const LimitErrorBody = z
  .object({ detail: z.string().openapi({ example: 'Rate limit exceeded: 120 requests per minute' }) })
  .openapi('RateLimitError')

export const Service = z
  .object({ service: z.literal('SIRA API'), status: z.literal('ok'), version: z.string() })
  .openapi('Service')

export const Health = z.object({ status: z.literal('healthy'), timestamp: Time }).openapi('Health')

export const UserSync = z
  .object({
    clerk_user_id: z.string().min(1).max(MAX_SUBJECT_LENGTH).openapi({
      description: "The caller's own subject; without an identity provider the caller's own id.",
    }),
    email: z.email().max(MAX_EMAIL_LENGTH),
    first_name: personName,
    last_name: personName,
  })
  .openapi('UserSync')

export const User = z
  .object({
    id: z.uuid(),
    clerk_user_id: z.string(),
    email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    created_at: Time,
  })
  .openapi('User')

export const Statistics = z
  .object({
    total_users: z.int(),
    total_profiles: z.int(),
    total_recommendations: z.int(),
    total_conversations: z.int(),
    active_sessions: z.int().openapi({ description: 'Users seen within the last 15 minutes.' }),
    avg_response_time_ms: z.int().nullable().openapi({
      description: 'Mean of the last 24 hours; null when nothing was measured.',
    }),
    system_health: z.enum(['healthy', 'degraded']).openapi({
      description: '`degraded` when there is no node to run a model.',
    }),
  })
  .openapi('Statistics')

export const MAX_LONG_TEXT_LENGTH = 2_000
export const MAX_URL_LENGTH = 2_048
/** Items of a list, and subjects with grades. */
export const MAX_ITEMS = 100
export const MAX_GPA = 20
export const MAX_GRADE = 100

/** Text without markup; an empty one was not given. */
const text = (limit: number) =>
  z
    .string()
    .max(limit)
    .transform((given) => sanitizeText(given) || null)
    .nullish()
const listOfText = z
  .array(z.string().max(MAX_NAME_LENGTH).transform(sanitizeText))
  .max(MAX_ITEMS)
  .transform((items) => items.filter((item) => item !== ''))
  .nullish()

/** A number within limits, refused in the words of the page. */
const between = (least: number, most: number, name: string) =>
  z
    .number()
    .refine((value) => value >= least && value <= most, {
      error: `${name} must be between ${least.toFixed(1)} and ${most.toFixed(1)}`,
    })
    .openapi({ minimum: least, maximum: most })

function isWebAddress(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return /^https?:$/.test(url?.protocol ?? '') && !/[<>"\s]/.test(address)
}

const uuid = z.guid({ error: 'value is not a valid uuid' }).openapi({ format: 'uuid' })

const ProfileName = visibleText()
  .max(MAX_NAME_LENGTH)
  .transform(sanitizeText)
  .refine((name) => name !== '', { error: 'Profile name cannot be empty' })
/** Bytes of a draft's own JSON, as UTF-8. */
export const MAX_DRAFT_BYTES = 64 * 1_024

const DraftPayload = z
  .unknown()
  .refine((draft) => new TextEncoder().encode(JSON.stringify(draft)).byteLength <= MAX_DRAFT_BYTES, {
    error: `Draft payload must be at most ${MAX_DRAFT_BYTES} bytes of JSON`,
  })
  .openapi({
    description:
      'JSON of the client’s own, e.g. the state of its form: kept as given, replaced as a whole, cleared by null.',
  })

const ProfileStatus = z.enum(['draft', 'active', 'archived']).openapi('ProfileStatus')

const SubjectGrade = z
  .object({
    subject_name: visibleText()
      .max(MAX_NAME_LENGTH)
      .transform(sanitizeText)
      .refine((name) => name !== '', { error: 'Subject name cannot be empty' }),
    grade: between(0, MAX_GRADE, 'Grade'),
    weight: z.number().min(0).max(MAX_GRADE).nullish(),
  })
  .openapi('SubjectGrade')

export const AcademicRecord = z
  .object({
    current_status: text(MAX_NAME_LENGTH),
    current_institution: text(MAX_NAME_LENGTH),
    current_field: text(MAX_NAME_LENGTH),
    gpa: between(0, MAX_GPA, 'GPA').nullish(),
    language_preference: text(MAX_NAME_LENGTH),
    transcript_url: z
      .string()
      .max(MAX_URL_LENGTH)
      .refine(isWebAddress, { error: 'URL must be an http or https address' })
      .nullish(),
    subject_grades: z.array(SubjectGrade).max(MAX_ITEMS).nullish(),
  })
  .openapi('AcademicRecordInput')

export const Preferences = z
  .object({
    favorite_subjects: listOfText,
    disliked_subjects: listOfText,
    soft_skills: listOfText,
    hobbies: listOfText,
    geographic_preference: text(MAX_NAME_LENGTH),
    budget_range_min: z.number().min(0).nullish(),
    budget_range_max: z.number().min(0).nullish(),
    career_goals: text(MAX_LONG_TEXT_LENGTH),
  })
  .openapi('PreferencesInput')

const parts = {
  academic_record: AcademicRecord.nullish(),
  preferences: Preferences.nullish(),
  draft_payload: DraftPayload.optional(),
}

export const NewProfile = z
  .object({ profile_name: ProfileName, status: ProfileStatus.default('draft'), ...parts })
  .openapi('NewProfile')

/** RFC 7396: objects merge, lists are replaced, null clears. */
export const ProfilePatch = z
  .object({ profile_name: ProfileName.optional(), status: ProfileStatus.optional(), ...parts })
  .openapi('ProfilePatch')

export const StatusPatch = z.object({ status: ProfileStatus }).openapi('StatusPatch')

export const ProfilePath = z.object({ profile_id: uuid })

const partHead = { id: z.uuid(), profile_id: z.uuid() }

export const ProfileSummary = z
  .object({
    id: z.uuid(),
    user_id: z.uuid(),
    profile_name: z.string(),
    status: ProfileStatus,
    created_at: Time,
    updated_at: Time,
  })
  .openapi('ProfileSummary')

export const Profile = ProfileSummary.extend({
  draft_payload: z.unknown().openapi({ description: 'As it was given; null where it was not.' }),
  academic_record: z
    .object({
      ...partHead,
      current_status: z.string().nullable(),
      current_institution: z.string().nullable(),
      current_field: z.string().nullable(),
      gpa: z.number().nullable(),
      transcript_url: z.string().nullable(),
      language_preference: z.string().nullable(),
      created_at: Time,
      subject_grades: z.array(
        z.object({ subject_name: z.string(), grade: z.number(), weight: z.number().nullable() }),
      ),
    })
    .nullable(),
  preferences: z
    .object({
      ...partHead,
      favorite_subjects: z.array(z.string()),
      disliked_subjects: z.array(z.string()),
      soft_skills: z.array(z.string()),
      hobbies: z.array(z.string()),
      geographic_preference: z.string().nullable(),
      budget_range_min: z.number().nullable(),
      budget_range_max: z.number().nullable(),
      career_goals: z.string().nullable(),
      created_at: Time,
    })
    .nullable(),
}).openapi('Profile')

export const UploadedTranscript = z
  .object({
    filename: z.string().openapi({ example: 'a1b2c3d4e5f67890.pdf' }),
    url: z.string().openapi({
      example: '/api/upload/files/a1b2c3d4e5f67890.pdf',
      description: 'On the host of the request, with the prefix that the request had.',
    }),
    original_filename: z.string(),
    content_type: z.enum(['application/pdf', 'image/jpeg', 'image/png']),
  })
  .openapi('UploadedTranscript')

const Title = visibleText()
  .max(MAX_NAME_LENGTH)
  .transform((given) => sanitizeText(given) || null)
  .nullish()

export const NewConversation = z.object({ profile_id: uuid, title: Title }).openapi('NewConversation')

export const Conversation = z
  .object({
    session_id: z.string().openapi({ example: 'sess_abc123xyz' }),
    profile_id: z.uuid(),
    title: z.string(),
    created_at: Time,
    updated_at: Time,
  })
  .openapi('Conversation')

/** Characters of a message: it comes in the query of a URL. */
export const MAX_MESSAGE_LENGTH = 8_000

export const StreamQuery = z.object({
  token: z
    .string()
    .optional()
    .openapi({ description: 'The token, for clients that cannot send a header. It is not logged.' }),
  session_id: z.string(),
  message: z.string().trim().min(1).max(MAX_MESSAGE_LENGTH),
})

/** Every event has the page's three fields, so that a client that adds up `content` needs not look at `type`. */
const said = { content: z.string(), metadata: z.object({}) }
export const StreamEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('content'), ...said }),
    z.object({
      type: z.literal('done'),
      content: z.string(),
      metadata: z
        .object({
          recommendation_id: z.string().optional(),
          programs: z
            .array(
              z.object({
                program_id: z.string(),
                source_id: z.string(),
                source: z.string(),
                edition: z.string(),
              }),
            )
            .optional(),
        })
        .openapi({ description: 'The recommendation and the programs of which the answer was told.' }),
    }),
    z.object({ type: z.literal('error'), ...said, message: z.string() }),
  ])
  .openapi('StreamEvent')
