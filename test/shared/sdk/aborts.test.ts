import { afterAll, beforeAll, expect, it } from 'vitest'
import { RajoraClient } from '../../../shared/sdk/rajora-js/src/index.ts'
import { ScriptedServer } from './scripted-server.ts'

const messages = [{ role: 'user' as const, content: 'Hello!' }]

let server: ScriptedServer
let client: RajoraClient
beforeAll(async () => {
  server = await ScriptedServer.start()
  client = new RajoraClient({ apiKey: 'raj_key', baseURL: server.baseURL, timeout: 50, maxRetries: 1 })
})
afterAll(() => server.close())

it('a call that was aborted before it is sent is not sent', async () => {
  server.script({})
  const reason = new Error('No longer wanted.')
  const call = client.chat.completions.create({ messages }, { signal: AbortSignal.abort(reason) })
  await expect(call).rejects.toBe(reason)
  expect(server.heard).toEqual([])
})

it('a call that is aborted before the first byte ends with the reason, and its request with it', async () => {
  const controller = new AbortController()
  const reason = new Error('No longer wanted.')
  const closed = Promise.withResolvers<void>()
  server.script((response) => {
    response.on('close', () => closed.resolve())
    controller.abort(reason)
  })
  await expect(client.chat.completions.create({ messages }, { signal: controller.signal })).rejects.toBe(
    reason,
  )
  await closed.promise
  expect(server.heard).toHaveLength(1)
})

it('a pause between tries ends with its call', async () => {
  const controller = new AbortController()
  server.script((response) => {
    response.on('close', () => controller.abort(new Error('No longer wanted.')))
    response.writeHead(503, { 'retry-after': '60', connection: 'close' }).end()
  })
  await expect(client.chat.completions.create({ messages }, { signal: controller.signal })).rejects.toThrow(
    'wanted',
  )
})

it('a server that says nothing fails a call after its time, and after its last try', async () => {
  server.script(() => {})
  await expect(client.models.list()).rejects.toMatchObject({ status: null, detail: 'No answer for 50 ms.' })
  expect(server.heard).toHaveLength(2)
})
