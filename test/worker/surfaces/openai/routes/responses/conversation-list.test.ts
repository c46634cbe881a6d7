import { describe, expect, it } from 'vitest'
import { MAX_CONVERSATION_TITLE } from '../../../../../../worker/services/conversations/listing.ts'
import { MAX_CONVERSATIONS_PER_PAGE } from '../../../../../../worker/surfaces/openai/schemas/responses/conversation-list.ts'
import { createWorld } from '../../../../world.ts'

interface Listed {
  data: { id: string; title: string }[]
  has_more: boolean
  last_id: string | null
}

const world = await createWorld()
const list = async (query = '', key?: string) =>
  (await (await world.request(`/v1/conversations${query}`, key ? { key } : {})).json()) as Listed
const rename = (id: string, title: unknown, key?: string) =>
  world.request(`/v1/conversations/${id}`, { method: 'PATCH', body: { title }, ...(key ? { key } : {}) })

async function begun(title: string, key?: string): Promise<string> {
  const made = await world.request('/v1/conversations', { method: 'POST', body: {}, ...(key ? { key } : {}) })
  const { id } = (await made.json()) as { id: string }
  expect((await rename(id, title, key)).status).toBe(200)
  return id
}

describe('GET /v1/conversations', () => {
  it('lists an account’s own by pages, those of the newest activity first', async () => {
    const [first, second, third] = [await begun('first'), await begun('second'), await begun('third')]
    const page = await list('?limit=2')
    expect(page).toMatchObject({ data: [{ id: third }, { id: second }], has_more: true })
    expect(await list(`?limit=2&after=${page.last_id}`)).toMatchObject({
      data: [{ id: first }],
      has_more: false,
    })
    expect((await list('', world.viewerKey)).data).toEqual([])
  })

  it('finds a part of a title, and takes its signs as they are', async () => {
    await begun('100% of it')
    await begun('100 and more')
    expect((await list(`?search=${encodeURIComponent('100%')}`)).data).toMatchObject([
      { title: '100% of it' },
    ])
    expect((await list('?search=nothing_like_it')).data).toEqual([])
  })

  it(`takes a page of ${MAX_CONVERSATIONS_PER_PAGE}, and no larger one`, async () => {
    expect((await world.request(`/v1/conversations?limit=${MAX_CONVERSATIONS_PER_PAGE}`)).status).toBe(200)
    const response = await world.request(`/v1/conversations?limit=${MAX_CONVERSATIONS_PER_PAGE + 1}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'limit' } })
  })
})

describe('PATCH /v1/conversations/{id}', () => {
  it(`takes a title of ${MAX_CONVERSATION_TITLE} characters, and no longer or empty one`, async () => {
    const id = await begun('a')
    expect((await rename(id, 'x'.repeat(MAX_CONVERSATION_TITLE))).status).toBe(200)
    for (const title of ['x'.repeat(MAX_CONVERSATION_TITLE + 1), '', ' ', 1])
      expect((await rename(id, title)).status).toBe(400)
  })

  it('knows nobody else’s, and no other id', async () => {
    const id = await begun('mine')
    expect((await rename(id, 'theirs', world.viewerKey)).status).toBe(404)
    expect((await rename('conv_nothing', 'x')).status).toBe(404)
  })
})
