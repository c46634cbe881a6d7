import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { readyMs } from '../../../scripts/bench/documents/ready.ts'
import { IsolateMemory } from '../../../scripts/bench/isolate-memory.ts'

/** A server on this machine that answers each request with the same JSON, and its port. */
async function serverOf(answer: (port: number) => unknown) {
  const server = createServer((_request, response) =>
    response.end(JSON.stringify(answer((server.address() as AddressInfo).port))),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

it('the bench of documents waits for no file for ever', async () => {
  const { port } = await serverOf(() => ({ id: 'file-1', status: 'uploaded' }))
  const edge = { origin: `http://127.0.0.1:${port}`, apiKey: 'key' }
  const file = new File(['%PDF-1.7'], 'book.pdf')
  const waiting = readyMs(edge, file, new AbortController().signal, 200)
  await expect(waiting).rejects.toThrow('book.pdf was not read within 0.2 seconds.')
  await expect(readyMs(edge, file, AbortSignal.abort(new Error('Stopped.')))).rejects.toThrow('Stopped.')
})

it('who asks how much an isolate holds is told when its inspector hangs up', async () => {
  const { server, port } = await serverOf((port) => [{ webSocketDebuggerUrl: `ws://127.0.0.1:${port}/` }])
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method } = JSON.parse(String(data)) as { id: number; method: string }
      if (method === 'HeapProfiler.collectGarbage') socket.terminate()
      else socket.send(JSON.stringify({ id, result: {} }))
    })
  })
  const memory = await IsolateMemory.connect(port, new AbortController().signal)
  await expect(memory.heldMiB()).rejects.toThrow('The inspector has hung up.')
  await expect(memory.heldMiB()).rejects.toThrow()
  memory.close()
})
