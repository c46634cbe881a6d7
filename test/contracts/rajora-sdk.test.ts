import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { RajoraClient, RajoraError } from '../../shared/sdk/rajora-js/src/index.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createRajoraWorld, type RajoraWorld } from './rajora-world.ts'

const model = uniqueModel()
const asked = { model: model.id, messages: [{ role: 'user' as const, content: 'Which colour?' }] }

// The same code as in Node and in browsers, here within workerd: it has no timers, streams and signals but its own.
describe('the JavaScript SDK in a Worker', () => {
  let node: RajoraWorld['node']
  let client: RajoraClient
  beforeAll(async () => {
    const world = await createRajoraWorld(model.holding)
    node = world.node
    client = new RajoraClient({
      token: world.me.token,
      baseURL: 'http://localhost/rajora/',
      fetch: (...request) => SELF.fetch(...request),
    })
  })

  it('is answered whole, in a conversation that it lists', async () => {
    const [answer] = await Promise.all([
      client.chat.completions.create(asked),
      node.answer(['It is ', 'red.']),
    ])
    expect(answer).toMatchObject({ content: 'It is red.', model: model.id, tokens_used: 7 })
    expect(await client.chat.conversations.list({ limit: 1 })).toMatchObject([{ id: answer.conversation_id }])
  })

  it('is answered in pieces', async () => {
    const heard: string[] = []
    const stream = await client.chat.completions.create({ ...asked, stream: true })
    const answering = node.answer(['It is ', 'blue.'])
    for await (const { content } of stream) heard.push(content)
    await answering
    expect(heard.join('')).toBe('It is blue.')
    expect(stream.conversation_id).toEqual(expect.any(Number))
  })

  it('stops the answer at the node when its reader aborts', async () => {
    const stream = await client.chat.completions.create({ ...asked, stream: true })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'It is', [1]]] })
    for await (const { content } of stream) if (content !== '') stream.abort()
    expect(await node.next('call.cancel')).toMatchObject({ callId })
  })

  it('throws what the edge refuses, with its request’s id', async () => {
    const refused = await client.admin.stats().catch((thrown: unknown) => thrown)
    expect(refused).toBeInstanceOf(RajoraError)
    expect(refused).toMatchObject({ status: 403, requestId: expect.any(String) })
  })
})
