import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type World } from '../worker/world.ts'
import { newAdmin } from './contract-client.ts'

const { id: model, holding } = uniqueModel()
const switchedOff = (message: string) => ({
  error: { message, type: 'server_error', param: null, code: 'maintenance' },
})

let world: World
let node: Awaited<ReturnType<World['addNode']>>
let admin: Awaited<ReturnType<typeof newAdmin>>
beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [holding] })
  admin = await newAdmin()
})
afterAll(() => node.close())

const flag = (flags: { chat_enabled?: boolean; streaming_enabled?: boolean }) =>
  admin.configure({ feature_flags: flags })

describe.each([
  ['/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/completions', { model, prompt: 'Hi' }],
])('the flags that Rajora sets, on %s', (path, body) => {
  const ask = (stream: boolean) => world.request(path, { body: { ...body, stream } })
  const answersBoth = async () => {
    for (const stream of [false, true]) {
      const [response] = await Promise.all([ask(stream), node.answer(['Hello'])])
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('Hello')
    }
  }

  it('switch chat off for everybody, and on again', async () => {
    await flag({ chat_enabled: false })
    for (const stream of [false, true]) {
      const response = await ask(stream)
      expect([response.status, await response.json()]).toEqual([503, switchedOff('Chat is switched off.')])
    }
    await flag({ chat_enabled: true })
    await answersBoth()
  })

  it('switch streaming off and leave whole answers', async () => {
    await flag({ streaming_enabled: false })
    const refused = await ask(true)
    expect([refused.status, await refused.json()]).toEqual([
      503,
      switchedOff('Streaming is switched off: ask for the whole answer.'),
    ])
    const [response] = await Promise.all([ask(false), node.answer(['Hello'])])
    expect(response.status).toBe(200)
    await flag({ streaming_enabled: true })
    await answersBoth()
  })
})
