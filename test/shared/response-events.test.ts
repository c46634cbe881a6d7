import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { eventSchemas, type ResponseObject } from '../support/response-events.ts'

type Responses = OpenAI.Responses.ResponseStreamEvent

/**
 * Fields of a response that its client adds, that belong to services which are not here, or that may be absent and not null
 * by the client's types.
 */
type NotSent = 'output_text' | 'access_programs' | 'usage' | 'user'
type Sent<Whole> = Omit<Whole, NotSent>

/** The types of the client, as far as they are sent. */
type OfClient = {
  [Type in Responses['type']]: Extract<Responses, { type: Type }> extends infer Event
    ? Event extends { response: infer Whole }
      ? Omit<Event, 'response'> & { response: Sent<Whole> }
      : Event
    : never
}

type Schemas = typeof eventSchemas
type Misfit = {
  [Name in keyof Schemas]: z.infer<Schemas[Name]> extends OfClient[Name] ? never : Name
}[keyof Schemas]

const noMisfit: [Misfit] extends [never] ? true : Misfit = true
const fitsWhole: z.infer<typeof ResponseObject> extends Sent<OpenAI.Responses.Response> ? true : false = true

describe('the schemas of events that the tests hold streams to', () => {
  it('are those of the client’s own types', () => {
    expect([noMisfit, fitsWhole]).toEqual([true, true])
    expect(Object.keys(eventSchemas)).toContain('response.completed')
  })
})
