import { SELF } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { from, newAdmin } from '../contracts/contract-client.ts'
import { SEED, timesOf } from '../support/property-runs.ts'
import { createWorld, type TestNode } from './world.ts'

/** Names that every plain object has without being given them. */
const ALL_WORDS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'] as const
/** The most dangerous one, and another one with each commit. */
const WORDS = timesOf(2, 5) === 5 ? ALL_WORDS : [ALL_WORDS[0], ALL_WORDS[1 + (SEED % 4)] ?? ALL_WORDS[1]]

/** Surfaces by the path of their documents, which list every operation and its parameters. */
const SURFACES: [prefix: string, document: string][] = [
  ['', '/openapi.json'],
  ['', '/v1/openapi.json'],
  ['/agentic', '/openapi.json'],
  ['/clara', '/openapi.json'],
  ['/dualquery', '/openapi.json'],
  ['/rajora', '/openapi.json'],
  ['/sira', '/openapi.json'],
]

interface Operation {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, unknown> }
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

/** Headers that an operation may be asked with, besides those that its document lists. */
const HEADERS = ['content-type', 'idempotency-key', 'if-match', 'last-event-id', 'origin', 'x-api-key']

/** Operations on things that are called as a caller has put them there: by this test, one before. */
const OWN_NAMES = /\/v1\/workspace\//

let token: string
let node: TestNode
beforeAll(async () => {
  node = await (await createWorld()).addNode() // without a node, Agentic is not healthy
  const admin = await newAdmin()
  token = admin.token
  const limits = { requests_per_minute: 1_000_000, tokens_per_day: 1_000_000 }
  await admin.configure({ rate_limits: { tiers: { enterprise: limits } } })
})

afterAll(() => node.close())

/** Each from another address, so that no limit hides an answer. */
async function statusOf(path: string, init: RequestInit): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...from(), ...init.headers }
  const response = await SELF.fetch(`http://localhost${path}`, { ...init, headers })
  await response.body?.cancel()
  response.webSocket?.accept()
  response.webSocket?.close()
  return response.status
}

/** The status of an operation that was asked with a word in one place. */
interface Outcome {
  operation: string
  place: string
  status: number
}

/** An operation, asked with a word in each place where a caller can put one. */
function askedWith(word: string, method: string, path: string, operation: Operation): Promise<Outcome[]> {
  const { parameters = [], requestBody } = operation
  const at = path.replaceAll(/\{[^}]+\}/g, word)
  const names = (place: string) => parameters.filter((one) => one.in === place).map((one) => one.name)
  const headers: Record<string, string> = requestBody ? { 'content-type': 'application/json' } : {}
  const ask = async (place: string, target: string, init: RequestInit = {}): Promise<Outcome> => ({
    operation: `${method} ${path}`,
    place,
    status: await statusOf(target, { method, headers, ...(requestBody && { body: '{}' }), ...init }),
  })
  const bodies = [`{"${word}":"${word}"}`, `{"a":{"${word}":{"${word}":{}}}}`, `["${word}"]`, `"${word}"`]
  return Promise.all([
    ask('path', at),
    ...[...names('query'), word].map((query) => ask(`?${query}`, `${at}?${query}=${word}`)),
    ...[...HEADERS, ...names('header')].map((name) =>
      ask(name, at, { headers: { ...headers, [name]: word } }),
    ),
    ...(requestBody ? bodies.map((body) => ask(body, at, { body })) : []),
  ])
}

const hasFound = ({ operation, status }: Outcome): boolean =>
  operation.includes('{') && !/^(PUT|POST) /.test(operation) && !OWN_NAMES.test(operation) && status < 400

describe.each(SURFACES)('what %s%s lists', (prefix, document) => {
  it.each(WORDS)('answers no 5xx to %s, wherever it stands, and finds nothing by it', async (word) => {
    const { paths } = (await (await SELF.fetch(`http://localhost${prefix}${document}`)).json()) as Document
    const wrong: Outcome[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const outcomes = await askedWith(word, method.toUpperCase(), prefix + path, operation)
        wrong.push(...outcomes.filter((outcome) => outcome.status >= 500 || hasFound(outcome)))
      }
    }
    expect(wrong).toEqual([])
  })
})
