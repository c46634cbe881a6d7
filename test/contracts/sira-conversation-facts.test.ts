import { beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_MATCHING_PROGRAMS,
  MAX_PROGRAM_FACTS_LENGTH,
} from '../../worker/services/advising/recommending/conversation-facts.ts'
import { catalogueClient, givenProgram, SOURCE } from '../worker/program-file.ts'
import { call, createSiraWorld, eventsIn, query } from './sira-client.ts'

let sira: Awaited<ReturnType<typeof createSiraWorld>>
let catalogue: Awaited<ReturnType<typeof catalogueClient>>
const ASTRONOMY = givenProgram({
  institution: 'Somewhere University',
  title: 'Astronomy BSc',
  tuition: [{ amount: 1_234, currency: 'EUR', period: 'year' }],
})
beforeAll(async () => {
  sira = await createSiraWorld()
  catalogue = await catalogueClient()
  await catalogue.import([ASTRONOMY, givenProgram({ title: 'Zoology BSc' })])
})

/** An answer to a message: what the model was told, and what the end of the stream says. */
async function answered(message: string, session = sira.talk()) {
  const [response, { request }] = await Promise.all([
    sira.ask(await session, message),
    sira.node.answer(['Yes.']),
  ])
  const events = eventsIn(await response.text())
  const prompt = request.prompt
  const system = prompt.kind === 'chat' ? String(prompt.messages[0]?.content) : ''
  return { events, end: events.at(-1)?.data, system }
}

describe('a conversation', () => {
  it('is told of the programs that a message is about, and says whose facts they are', async () => {
    const { end, system } = await answered('What does astronomy cost?')
    expect(system).toContain('Astronomy BSc at Somewhere University (France)')
    expect(system).toContain('Tuition is 1,234 EUR a year.')
    expect(system).not.toContain('Zoology')
    expect(end).toEqual({
      type: 'done',
      content: '',
      metadata: {
        programs: [
          {
            program_id: expect.stringMatching(/^prog_[0-9a-f]{24}$/),
            source_id: ASTRONOMY.source_id,
            source: SOURCE.name,
            edition: SOURCE.edition,
          },
        ],
      },
    })
  })

  it('is told the profile and the latest recommendation of its profile', async () => {
    const asked = call('/api/recommendations', {
      token: sira.ada.token,
      body: { profile_id: sira.profileId, query: 'zoology', top_k: 1 },
    })
    await sira.node.answer(['It is taught by nobody that the facts would name.'])
    const response = await asked
    const { recommendation_id } = (await response.json()) as { recommendation_id: string }
    const { end, system } = await answered('Why that one?')
    expect(system).toContain('GPA: 15.5 out of 20')
    expect(system).toMatch(
      /Recommended to the student last:\nZoology BSc, .* \(France\): match 0\.\d+ of 1, difficulty unknown\./,
    )
    expect(end?.metadata).toMatchObject({ recommendation_id })
  })

  it('is told that nothing else is known where nothing matches', async () => {
    const { system } = await answered('qwertyuiop')
    expect(system).toMatch(/Whatever does not stand here is not known: say so\./)
    expect(system).not.toContain('that have to do with the message')
  })

  it(`is told of at most ${MAX_MATCHING_PROGRAMS} programs, and of no more than there is room for`, async () => {
    const many = Array.from({ length: MAX_MATCHING_PROGRAMS + 3 }, (_, index) =>
      givenProgram({ title: `Oceanography ${index} ${'deep '.repeat(20)}` }),
    )
    await catalogue.import(many)
    const { end, system } = await answered('oceanography')
    const { programs = [] } = (end?.metadata ?? {}) as { programs?: { source_id: string }[] }
    const told = programs.filter(({ source_id }) => many.some((program) => program.source_id === source_id))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual(MAX_MATCHING_PROGRAMS)
    expect(system.match(/Oceanography/g)?.length).toBe(told.length)
    expect(system.length).toBeLessThan(MAX_PROGRAM_FACTS_LENGTH + 1_000)
  })

  it('tells who comes back the same sources at the end', async () => {
    const session = await sira.talk()
    const { events, end } = await answered('What does astronomy cost?', Promise.resolve(session))
    const response = await call(
      query({ token: sira.ada.token, session_id: session, message: 'What does astronomy cost?' }),
      {
        headers: { 'last-event-id': events[0]?.id ?? '' },
      },
    )
    expect(eventsIn(await response.text()).at(-1)?.data).toEqual(end)
  })

  it('is told nothing of what was recommended to somebody else', async () => {
    const { id } = (await (
      await call('/api/profiles', { token: sira.eve.token, body: { profile_name: 'Eve' } })
    ).json()) as { id: string }
    const begun = await call('/api/conversations', { token: sira.eve.token, body: { profile_id: id } })
    const { session_id } = (await begun.json()) as { session_id: string }
    const [response, { request }] = await Promise.all([
      call(query({ token: sira.eve.token, session_id, message: 'Why that one?' })),
      sira.node.answer(['Yes.']),
    ])
    await response.text()
    expect(JSON.stringify(request.prompt)).not.toMatch(/Recommended to the student last|15\.5/)
  })
})
