import { expect } from 'vitest'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld } from '../worker/world.ts'
import { type Call, contractClient, from, newAccount } from './contract-client.ts'

export const STREAM = '/api/conversations/stream'

const client = contractClient('sira')

export const call = (path: string, { headers, ...request }: Call = {}) =>
  client.call(path, { ...request, headers: { ...from(), ...headers } })

/** A failure in this contract's form. */
export const refused = (status: number, error: unknown, message: unknown) => [
  status,
  { error, message, details: {} },
]

/** A 422 in this contract's form. */
export const invalid = (...details: [field: string, message: unknown, type?: string][]) => [
  422,
  {
    error: 'Validation Error',
    message: 'Invalid input data',
    details: details.map(([field, message, type = 'value_error']) => ({ field, message, type })),
  },
]

export const query = (over: Record<string, string>) => `${STREAM}?${new URLSearchParams(over)}`

export const idOf = (session: string) => session.replace('sess_', '')

export interface StreamEvent {
  id?: string
  data: { type: string; content?: string; metadata?: object; message?: string }
}

/** The events of a stream as an EventSource dispatches them. */
export const eventsIn = (text: string): StreamEvent[] =>
  text.split('\n\n').flatMap((block) => {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const [data, id] = [field('data'), field('id')]
    return data === undefined ? [] : [{ ...(id === undefined ? {} : { id }), data: JSON.parse(data) }]
  })

export const textOf = (events: readonly StreamEvent[]) =>
  events.map(({ data }) => data.content ?? '').join('')

/** A response read piece by piece. */
export function readerOf(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async until(part: string): Promise<string> {
      while (!text.includes(part)) {
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) throw new Error(`The stream ended after ${JSON.stringify(text)}`)
        text += value
      }
      return text
    },
    leave: () => reader?.cancel(),
  }
}

export const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
export const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

/** The page's example. */
export const ACADEMIC_RECORD = {
  current_status: 'High School',
  current_institution: 'Lincoln High School',
  current_field: 'Science and Technology',
  gpa: 15.5,
  language_preference: 'English',
  transcript_url: 'https://example.com/transcript.pdf',
  subject_grades: [
    { subject_name: 'Mathematics', grade: 18.5, weight: 4 },
    { subject_name: 'Physics', grade: 17, weight: 3 },
  ],
}
export const PREFERENCES = {
  favorite_subjects: ['Mathematics', 'Computer Science', 'Physics'],
  disliked_subjects: ['History'],
  soft_skills: ['Problem Solving', 'Teamwork', 'Leadership'],
  hobbies: ['Coding', 'Robotics'],
  geographic_preference: 'Europe',
  budget_range_min: 5000,
  budget_range_max: 15000,
  career_goals: 'Software Engineer at a leading tech company',
}
export const EXAMPLE = {
  profile_name: 'Computer Science Track',
  status: 'draft',
  academic_record: ACADEMIC_RECORD,
  preferences: PREFERENCES,
}

export interface Profile {
  id: string
  updated_at: string
  academic_record: Record<string, unknown> | null
  preferences: Record<string, unknown> | null
}

/** The answer of every operation on a profile that is not there for the caller. */
export const NO_PROFILE = refused(404, 'Not Found', 'There is no such profile.')

/** The profiles of the caller whose token this is. */
export function profilesOf(tokenOf: () => string) {
  const ask = (path: string, { token = tokenOf(), ...request }: Call = {}) =>
    call(path, { ...request, token })
  const create = (body: unknown = EXAMPLE, token = tokenOf()) => ask('/api/profiles', { token, body })
  return {
    call: ask,
    create,
    async created(body: unknown = EXAMPLE): Promise<Profile> {
      const response = await create(body)
      expect(response.status).toBe(201)
      return response.json()
    },
    get: (id: string, token = tokenOf()) => ask(`/api/profiles/${id}`, { token }),
  }
}

/** A student with a profile, a stranger, and a node in the test's hands. */
export async function createSiraWorld() {
  const model = uniqueModel()
  const node = await (await createWorld()).addNode({ models: [model.holding] })
  const ada = await newAccount()
  const eve = await newAccount()
  const profile = { profile_name: 'CS Track', academic_record: { gpa: 15.5 } }
  const created = await call('/api/profiles', { token: ada.token, body: profile })
  const { id: profileId } = (await created.json()) as { id: string }

  const begin = (over: object = {}, token = ada.token) =>
    call('/api/conversations', {
      token,
      body: { profile_id: profileId, title: 'Programs in Europe', ...over },
    })
  return {
    model,
    node,
    ada,
    eve,
    profileId,
    begin,
    /** A conversation about the profile. */
    async talk(): Promise<string> {
      return ((await (await begin()).json()) as { session_id: string }).session_id
    },
    ask: (session_id: string, message = 'Tell me about ETH Zurich', lastEventId?: string) =>
      call(query({ token: ada.token, session_id, message }), {
        headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
      }),
  }
}
