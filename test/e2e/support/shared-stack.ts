import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { buildConsole } from '../../../scripts/console/build.ts'
import { Stack } from './stack.ts'

async function start(): Promise<Stack> {
  await buildConsole()
  const stack = await Stack.start()
  await stack.addNode()
  return stack
}

/** One edge with one node for all files that change nothing which another one sees. It starts when the first asks for it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let stack: Promise<Stack> | undefined
  const server = createServer(async (_request, response) => {
    stack ??= start()
    await stack.then(
      ({ url }) => response.end(url),
      (thrown) => response.writeHead(500).end(String(thrown)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  project.provide('sharedStack', `http://127.0.0.1:${port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await stack?.catch(() => undefined))?.close()
  }
}
