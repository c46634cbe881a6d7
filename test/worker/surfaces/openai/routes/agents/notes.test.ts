import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../../../worker/db/client.ts'
import { createNotes } from '../../../../../../worker/services/agent-tools/own/notes.ts'
import { MAX_LISTED_NOTES } from '../../../../../../worker/surfaces/openai/routes/agents/notes.ts'
import { newAccount, requestInit } from '../../../../../contracts/contract-client.ts'

const NOTES = '/v1/agents/notes'
const notes = createNotes(createDb(env.DB))

interface Page {
  data: { id: string; object: string; created_at: number; text: string }[]
  first_id: string | null
  last_id: string | null
  has_more: boolean
  total: number
}

const asked = (token: string, path = NOTES, method = 'GET') =>
  SELF.fetch(`http://localhost${path}`, requestInit({ token, method }))

async function pageOf(token: string, query = ''): Promise<Page> {
  const response = await asked(token, `${NOTES}${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Page // as the route describes it
}

async function ownerOf(...texts: string[]) {
  const { token, account } = await newAccount()
  for (const text of texts) await notes.keep(account.id, text)
  return token
}

describe('/v1/agents/notes', () => {
  it('lists notes in pages, each once', async () => {
    const token = await ownerOf('One.', 'Two.', 'Three.')
    const whole = await pageOf(token)
    expect(whole).toMatchObject({ has_more: false, total: 3, first_id: whole.data[0]?.id })
    expect(whole.data.map(({ text }) => text).toSorted()).toEqual(['One.', 'Three.', 'Two.'])
    const first = await pageOf(token, '?limit=2')
    const second = await pageOf(token, `?limit=2&after=${first.last_id}`)
    expect([first.has_more, second.has_more]).toEqual([true, false])
    expect([...first.data, ...second.data]).toEqual(whole.data)
    expect(whole.data[0]).toMatchObject({
      object: 'agent.note',
      id: expect.stringMatching(/^note_[0-9a-f]{24}$/),
    })
  })

  it('deletes a note, once', async () => {
    const token = await ownerOf('Gone soon.')
    const { first_id: id } = await pageOf(token)
    const gone = await asked(token, `${NOTES}/${id}`, 'DELETE')
    expect(await gone.json()).toEqual({ id, object: 'agent.note', deleted: true })
    expect((await asked(token, `${NOTES}/${id}`, 'DELETE')).status).toBe(404)
    expect(await pageOf(token)).toMatchObject({ data: [], first_id: null, last_id: null, total: 0 })
  })

  it('shows and deletes nothing of another account', async () => {
    const [owner, stranger] = [await ownerOf('Mine.'), await ownerOf()]
    const { first_id: id } = await pageOf(owner)
    expect((await pageOf(stranger)).data).toEqual([])
    const refused = await asked(stranger, `${NOTES}/${id}`, 'DELETE')
    expect([refused.status, await refused.json()]).toEqual([
      404,
      { error: expect.objectContaining({ message: 'There is no such note.', param: 'note_id' }) },
    ])
    expect((await pageOf(owner)).total).toBe(1)
  })

  it('takes a limit up to its own, and none past it', async () => {
    const token = await ownerOf()
    await pageOf(token, `?limit=${MAX_LISTED_NOTES}`)
    for (const limit of [0, MAX_LISTED_NOTES + 1, 'x'])
      expect((await asked(token, `${NOTES}?limit=${limit}`)).status).toBe(400)
  })
})
