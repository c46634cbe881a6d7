import { beforeAll, describe, expect, it } from 'vitest'
import { catalogueClient, givenProgram } from '../worker/program-file.ts'
import { call, createSiraWorld } from './sira-client.ts'

let sira: Awaited<ReturnType<typeof createSiraWorld>>
beforeAll(async () => {
  sira = await createSiraWorld()
  const catalogue = await catalogueClient()
  await catalogue.import([
    givenProgram({
      institution: 'Somewhere University',
      title: 'Law LLB',
      level: 'bachelor',
      languages: ['en'],
    }),
  ])
})

/** A recommendation for which the node is asked as often as it has drafts. */
async function worded(...drafts: readonly string[]) {
  const asked = call('/api/recommendations', {
    token: sira.ada.token,
    body: { profile_id: sira.profileId, query: 'law in France', top_k: 1 },
  })
  const requests: string[] = []
  for (const draft of drafts) {
    const { request } = await sira.node.answer([draft])
    requests.push(JSON.stringify(request.prompt))
  }
  const response = await asked
  expect(response.status).toBe(200)
  const { recommendations } = (await response.json()) as {
    recommendations: { reasoning: string; reasoning_by: string; facts: string[] }[]
  }
  return { given: recommendations[0], requests }
}

describe('the reasons that a model words', () => {
  it('are what it wrote, where it kept to the facts', async () => {
    const draft =
      'Law LLB at Somewhere University is taught in English, and its field is not among the facts.'
    const { given, requests } = await worded(draft)
    expect(given).toMatchObject({ reasoning: draft, reasoning_by: 'model' })
    for (const fact of given?.facts ?? []) expect(requests[0]).toContain(JSON.stringify(fact).slice(1, -1))
  })

  it('are drafted a second time when the first says something else', async () => {
    const { given } = await worded(
      'It costs 9,250 GBP a year.',
      'Law LLB at Somewhere University is taught in English.',
    )
    expect(given).toMatchObject({
      reasoning: 'Law LLB at Somewhere University is taught in English.',
      reasoning_by: 'model',
    })
  })

  it('are the computed ones after two drafts with a name, a superlative or nothing', async () => {
    for (const drafts of [
      ['It is the best in the country of all.', 'It is like Oxford in many ways, they say.'],
      ['', 'no'],
    ]) {
      const { given } = await worded(...drafts)
      expect(given).toMatchObject({ reasoning_by: 'template' })
      expect(given?.reasoning).toMatch(
        /^Law LLB at Somewhere University \(France\) is a bachelor's program\./,
      )
    }
  })

  it('are the computed ones when the node fails', async () => {
    const asked = call('/api/recommendations', {
      token: sira.ada.token,
      body: { profile_id: sira.profileId, query: 'law', top_k: 1 },
    })
    const { callId } = await sira.node.next('generation.start')
    sira.node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'no' })
    const response = await asked
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { recommendations: [{ reasoning_by: 'template' }] },
    ])
  })
})
