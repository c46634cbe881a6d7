import { beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_SHARED_PROMPT_LENGTH,
  MAX_SHARED_PROMPTS,
} from '../../../../../worker/services/administration/shared-prompts.ts'
import { createWorld, type World } from '../../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const put = (name: string, body: object) =>
  world.request(`/v1/shared-prompts/${name}`, { method: 'PUT', body })
const names = async () =>
  ((await (await world.request('/v1/shared-prompts')).json()) as { data: { name: string }[] }).data.map(
    ({ name }) => name,
  )

describe('shared prompts', () => {
  it('are set under a name, replaced, listed and taken back', async () => {
    expect((await put('support', { text: 'You help.' })).status).toBe(200)
    const replaced = await put('support', { text: 'You help our customers.' })
    expect(await replaced.json()).toMatchObject({
      name: 'support',
      object: 'shared_prompt',
      text: 'You help our customers.',
      created: expect.any(Number),
    })
    expect(await names()).toContain('support')
    const removed = await world.request('/v1/shared-prompts/support', { method: 'DELETE' })
    expect(await removed.json()).toEqual({ name: 'support', object: 'shared_prompt', deleted: true })
    expect((await world.request('/v1/shared-prompts/support', { method: 'DELETE' })).status).toBe(404)
  })

  it('have a name that is one word, and a text of a length that can be compared', async () => {
    expect((await put('No%20Name', { text: 'x' })).status).toBe(400)
    expect((await put('long', { text: 'x'.repeat(MAX_SHARED_PROMPT_LENGTH) })).status).toBe(200)
    const refused = await put('longer', { text: 'x'.repeat(MAX_SHARED_PROMPT_LENGTH + 1) })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { param: 'text' } })
    await world.request('/v1/shared-prompts/long', { method: 'DELETE' })
  })

  it(`are ${MAX_SHARED_PROMPTS} at most; one that is there can still be replaced`, async () => {
    for (let index = 0; index < MAX_SHARED_PROMPTS; index += 1)
      expect((await put(`p${index}`, { text: `Text ${index}` })).status).toBe(200)
    expect((await put('one-more', { text: 'x' })).status).toBe(409)
    expect((await put('p0', { text: 'Another' })).status).toBe(200)
  })
})
