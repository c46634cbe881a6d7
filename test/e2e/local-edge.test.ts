import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleEdge } from '../../scripts/edge/bundle.ts'
import { EACH_HOUR, EACH_MINUTE, ring } from '../../scripts/edge/clock.ts'
import { IsolatedEdge } from '../../scripts/isolated-edge.ts'
import { MIB } from '../../shared/units.ts'

let edge: IsolatedEdge
beforeAll(async () => {
  edge = await IsolatedEdge.create()
  await edge.start()
})
afterAll(async () => {
  await edge.stop()
  await edge.remove()
})

const ask = (path: string, init: RequestInit = {}) =>
  fetch(edge.origin + path, { ...init, headers: { authorization: `Bearer ${edge.key}` } })

describe('the edge on this machine', () => {
  it('does what its crons do when they are rung', async () => {
    await ring(edge.origin, EACH_MINUTE)
    await ring(edge.origin, EACH_HOUR)
  })

  it('keeps what was stored when it is killed and started again, from the same bundle', async () => {
    const path = '/v1/workspace/kept.txt'
    expect((await ask(path, { method: 'PUT', body: 'kept' })).status).toBe(201)
    const scriptPath = await bundleEdge()
    const { mtimeMs } = await stat(scriptPath)
    edge.kill()
    await edge.start()
    expect(await (await ask(path)).text()).toBe('kept')
    expect((await stat(scriptPath)).mtimeMs).toBe(mtimeMs)
  })

  it('sends the console’s files and its pages', async () => {
    for (const [path, type] of [
      ['/console/', 'text/html'],
      ['/v1/docs', 'text/html'],
      ['/v1/openapi.json', 'application/json'],
    ]) {
      expect((await ask(path ?? '')).headers.get('content-type')).toContain(type)
    }
  })

  it('tells a client that sends more than it takes why, while that is still sending', async () => {
    const body = 'x'.repeat(10 * MIB)
    const refusals: [path: string, authorization: string, status: number][] = [
      ['/v1/chat/completions', `Bearer ${edge.key}`, 413],
      ['/v1/chat/completions', 'Bearer of-nobody', 401],
      ['/agentic/api/nothing', `Bearer ${edge.key}`, 404],
    ]
    for (const [path, authorization, status] of refusals) {
      const headers = { authorization, 'content-type': 'application/json' }
      // One after another on the connections that a client keeps.
      for (let turn = 0; turn < 4; turn += 1) {
        const response = await fetch(edge.origin + path, { method: 'POST', headers, body })
        expect(response.status, path).toBe(status)
        await response.text()
      }
    }
  })

  it('lets a name of a contract stand before its host', async () => {
    // Not every resolver knows names below localhost: the header says it.
    const request = get(`${edge.origin}/health`, { headers: { host: 'clara.localhost' } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(await json(response)).toEqual({ success: true, status: 'healthy' })
  })
})
