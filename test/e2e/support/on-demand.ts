import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'

/** Something of a whole project, which tests find by an address. */
export interface Shared {
  url: string
  close(): Promise<void>
}

/** The keys of what stands at an address that `addressOf` asks for. */
export type OnDemandKey = keyof ProvidedContext & ('sharedStack' | 'sharedBrowser')

/** Starts something when the first file asks for it, and ends it with the project. */
export async function onDemand(
  project: TestProject,
  key: OnDemandKey,
  start: () => Promise<Shared>,
): Promise<() => Promise<void>> {
  let shared: Promise<Shared> | undefined
  const server = createServer(async (_request, response) => {
    shared ??= start()
    await shared.then(
      ({ url }) => response.end(url),
      (thrown) => response.writeHead(500).end(String(thrown)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  project.provide(key, `http://127.0.0.1:${port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await shared?.catch(() => undefined))?.close()
  }
}
