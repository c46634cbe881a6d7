import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { BAD_CONFIGURATION } from '../worker/env.ts'
import { PlainFailure } from './plain-failure.ts'
import { WRANGLER } from './root.ts'

const POLL_MS = 150
const REQUEST_TIMEOUT_MS = 5_000
const BAD_VARIABLES = new RegExp(`${BAD_CONFIGURATION}([A-Z_]+(?:, [A-Z_]+)*)`)

/** Throws a `PlainFailure` when something listens on the port already. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened'
    throw new PlainFailure(
      `Port ${port} ${why}: stop what uses it, or choose another with npm start -- --port <n>.`,
    )
  }
  server.close()
  await once(server, 'close')
}

const EDGE_FILE = fileURLToPath(new URL('edge/main.ts', import.meta.url))

export interface LocalEdgePlace {
  port: number
  /** None is opened where none is given. */
  inspectorPort?: number
  /** Another Worker than the one that is deployed, relative to the repository. */
  entry?: string | undefined
  /** Where it keeps what is stored, and its variables: those of the developer where none are given. */
  state?: string
  vars?: string
}

/** The arguments of a local edge; it answers on `http://127.0.0.1:<port>`. */
export const localEdgeArgs = ({ port, ...others }: LocalEdgePlace): string[] => {
  const { inspectorPort, entry, state, vars } = others
  return [
    EDGE_FILE,
    ...['--port', String(port)],
    ...(inspectorPort === undefined ? [] : ['--inspector-port', String(inspectorPort)]),
    ...(entry === undefined ? [] : ['--entry', entry]),
    ...(state === undefined ? [] : ['--state', state]),
    ...(vars === undefined ? [] : ['--vars', vars]),
  ]
}

/** The arguments of one that is reloaded whenever a source changes. */
export const watchedEdgeArgs = (port: number): string[] => [
  WRANGLER,
  'dev',
  '--port',
  String(port),
  '--ip',
  '127.0.0.1',
  '--inspector-port',
  '0',
  '--show-interactive-dev-session=false',
  // The level at which the Worker's own lines come through.
  '--log-level',
  'log',
]

/**
 * Asks again until `isTrue` says so. Throws a `PlainFailure` with `sentence` after `limitMs`, and at once the one that
 * `isTrue` throws.
 */
export async function waitUntil(
  isTrue: (signal: AbortSignal) => Promise<boolean>,
  { limitMs, sentence }: { limitMs: number; sentence: string },
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(limitMs)
  while (!limit.aborted) {
    const once = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
    try {
      if (await isTrue(once)) return
    } catch (thrown) {
      // A server that is starting refuses, resets and answers nonsense: all of that means "not yet".
      if (thrown instanceof PlainFailure) throw thrown
    }
    await sleep(POLL_MS, undefined, { signal })
  }
  throw new PlainFailure(sentence)
}

const ModelList = z.object({ data: z.array(z.object({ id: z.string() })) })
const NodeList = z.object({ data: z.array(z.object({ name: z.string(), status: z.string() })) })
const JoinToken = z.object({ token: z.string() })

/** The edge that `npm start` has started, as far as it is asked for anything. */
export class LocalEdge {
  readonly origin: string
  readonly #headers: Record<string, string>

  constructor(origin: string, apiKey: string) {
    this.origin = origin
    this.#headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  }

  /** Throws a `PlainFailure` when the edge says that its configuration is bad: time will not mend that. */
  async isHealthy(signal: AbortSignal): Promise<boolean> {
    const response = await fetch(`${this.origin}/health`, { signal })
    const text = await response.text()
    if (response.status === 200) return true
    // The edge throws it, and a local runtime answers with what was thrown.
    const names = BAD_VARIABLES.exec(text)?.[1]
    if (names === undefined) return false
    throw new PlainFailure(
      `${BAD_CONFIGURATION}${names}. Correct that in .dev.vars, or in wrangler.toml if it stands there.`,
    )
  }

  async #models(signal: AbortSignal): Promise<Set<string>> {
    const { data } = ModelList.parse(await this.#read('/v1/models', signal))
    return new Set(data.map(({ id }) => id))
  }

  async #read(path: string, signal: AbortSignal): Promise<unknown> {
    const response = await fetch(`${this.origin}${path}`, { headers: this.#headers, signal })
    return response.json()
  }

  async serves(model: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#models(signal)).has(model)
  }

  /** Whether all of these nodes are linked, and what they hold is offered. */
  async servesAll(
    nodes: readonly { name: string; ids: readonly string[] }[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { data } = NodeList.parse(await this.#read('/v1/nodes', signal))
    const linked = new Set(data.filter(({ status }) => status === 'online').map(({ name }) => name))
    const offered = await this.#models(signal)
    return nodes.every(({ name, ids }) => linked.has(name) && ids.every((id) => offered.has(id)))
  }

  /** For a node of this name; with `models`, for one that serves these alone, whatever files it has had for them before. */
  async createJoinToken(
    { name, models = null }: { name: string; models?: readonly string[] | null },
    signal: AbortSignal,
  ): Promise<string> {
    const response = await fetch(`${this.origin}/v1/nodes/join-tokens`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ name, allowed_models: models }),
      signal,
    })
    if (response.status !== 201) {
      throw new PlainFailure(
        `The edge answered ${response.status} instead of giving the local node a join token.`,
      )
    }
    return JoinToken.parse(await response.json()).token
  }
}
