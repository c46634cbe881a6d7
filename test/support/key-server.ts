import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

interface Answer {
  status: number
  body: string
  /** How often it was fetched. */
  fetched: number
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/**
 * An identity provider's key server, outside of workerd, in the tests' hands. `PUT /name?status=200` says what `GET /name`
 * answers from then on; `GET /name/fetched` says how often it did. An issuer's own place, `/name/.well-known/jwks.json`, is its name.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const answers = new Map<string, Answer>()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, name = '', fetched] = url.pathname.split('/')
    const answer = answers.get(name)
    if (request.method === 'PUT') {
      const status = Number(url.searchParams.get('status') ?? 200)
      answers.set(name, { status, body: await textOf(request), fetched: answer?.fetched ?? 0 })
      response.writeHead(204).end()
    } else if (!answer) response.writeHead(404).end()
    else if (fetched === 'fetched') response.end(String(answer.fetched))
    else {
      answer.fetched += 1
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  project.provide('keyServer', `http://127.0.0.1:${port}`)
  return async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
