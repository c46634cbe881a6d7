import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { RajoraClient, RajoraError } from '../../../shared/sdk/rajora-js/src/index.ts'

/** Asked of an SDK; the same words for all three clients. */
export interface Asked {
  /** A way to ask, or the part of the API whose `method` is called. */
  call:
    | ('chat' | 'stream' | 'socket' | 'login' | 'shown' | 'waits')
    | ('models' | 'admin' | 'auth' | 'chat.conversations')
  method?: string
  arguments?: unknown[]
  /** Values that are given by name: in JavaScript in an object. */
  named?: object
  with?: unknown
  options?: { apiKey?: string; token?: string; baseURL?: string; maxRetries?: number; timeout?: number }
  conversation?: number
  /** Pieces of a stream after which it is aborted, or of a socket after which its answer is stopped. */
  stopAfter?: number
  /** Pieces of a stream after which its reader goes, without a word. */
  leaveAfter?: number
  /** Asks for the first piece of a stream by itself. */
  first?: boolean
  /** `x-own` of an HTTP client that is given to the SDK. */
  ownHeader?: string
  environment?: Record<string, string>
  hasNoSockets?: boolean
}

export interface Told {
  result?: unknown
  /** The texts of the pieces that came. */
  heard?: string[]
  error?: SdkFailure
  /** How Python shows the result to whoever prints it. */
  shown?: string
  /** All that the process logs meanwhile, down to what is for debugging. */
  logged?: string
}

export interface SdkFailure {
  kind: string
  text: string
  status?: number | null
  detail?: string
  requestId?: string | null
  retryAfter?: number | null
}

export interface SdkDriver {
  ask(asked: Asked): Promise<Told>
  close(): void
}

const PYTHON = '/usr/bin/python3'
const PYTHON_SDK = join(import.meta.dirname, '..', '..', '..', 'shared', 'sdk', 'rajora-python')

/** Whether Debian's Python with the SDK's packages is there; `.ci/run` installs it. */
export const hasPython =
  spawnSync(PYTHON, ['-c', 'import setuptools, wheel, pip, httpx, websockets, mypy']).status === 0

const withHeader =
  (own: string): typeof fetch =>
  (url, init) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), 'x-own': own } })

async function runJs(asked: Asked, heard: string[]): Promise<unknown> {
  const client = new RajoraClient({
    ...asked.options,
    ...(asked.ownHeader && { fetch: withHeader(asked.ownHeader) }),
  })
  const request = asked.with as Parameters<typeof client.chat.completions.create>[0]
  switch (asked.call) {
    case 'shown':
      return [inspect(client, { depth: 10, showHidden: true }), JSON.stringify(client)]
    case 'chat':
      return client.chat.completions.create(request)
    case 'login':
      return client.auth.login('anna', 'secret of anna')
    case 'stream': {
      const stream = await client.chat.completions.create({ ...request, stream: true })
      if (asked.stopAfter === 0) stream.abort()
      if (asked.first) heard.push((await stream.next()).value?.content ?? '')
      for await (const { content } of stream) {
        heard.push(content)
        if (heard.length === asked.stopAfter) stream.abort()
        if (heard.length === asked.leaveAfter) break
      }
      return stream.conversation_id
    }
    case 'socket': {
      const socket = client.chat.connect({ conversation_id: asked.conversation })
      socket.send('Hello')
      for await (const { content, done } of socket) {
        heard.push(content)
        if (heard.length === asked.stopAfter) socket.cancel()
        if (done) socket.close()
      }
      return socket.conversation_id
    }
    default: {
      // A test names a method of the API's part that it calls.
      const all = { ...client, 'chat.conversations': client.chat.conversations }
      const part = all[asked.call as 'models'] as unknown as Record<string, (...values: unknown[]) => unknown>
      return part[asked.method ?? '']?.(...(asked.arguments ?? []), ...(asked.named ? [asked.named] : []))
    }
  }
}

function failure(thrown: unknown): SdkFailure {
  const text = inspect(thrown, { depth: 10, showHidden: true })
  if (!(thrown instanceof RajoraError))
    return { kind: thrown instanceof Error ? thrown.name : 'unknown', text }
  const { status, detail, requestId, retryAfter } = thrown
  return { kind: 'RajoraError', text, status, detail, requestId, retryAfter }
}

const javascript: SdkDriver = {
  async ask(asked) {
    const heard: string[] = []
    Object.assign(process.env, asked.environment)
    const { WebSocket } = globalThis
    if (asked.hasNoSockets) Reflect.deleteProperty(globalThis, 'WebSocket')
    try {
      return { result: await runJs(asked, heard), heard, logged: '' }
    } catch (thrown) {
      return { error: failure(thrown), heard, logged: '' }
    } finally {
      globalThis.WebSocket = WebSocket
      for (const name of Object.keys(asked.environment ?? {})) delete process.env[name]
    }
  },
  close() {},
}

class PythonDriver implements SdkDriver {
  readonly #way: 'sync' | 'async'
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((told: Told) => void)[] = []

  constructor(way: 'sync' | 'async') {
    this.#way = way
    this.#child = spawn(PYTHON, [join(import.meta.dirname, 'driver.py')], {
      env: { PATH: process.env.PATH, PYTHONPATH: PYTHON_SDK, PYTHONDONTWRITEBYTECODE: '1' },
    })
    this.#child.stderr.pipe(process.stderr)
    createInterface(this.#child.stdout).on('line', (line) =>
      this.#waiting.shift()?.(JSON.parse(line) as Told),
    )
  }

  ask(asked: Asked): Promise<Told> {
    this.#child.stdin.write(`${JSON.stringify({ ...asked, way: this.#way })}\n`)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  close(): void {
    this.#child.kill()
  }
}

const python: [name: string, start: () => SdkDriver][] = [
  ['Python', () => new PythonDriver('sync')],
  ['Python, async', () => new PythonDriver('async')],
]

/** The clients that there are, by name; each is started when it is needed. */
export const SDKS: readonly [name: string, start: () => SdkDriver][] = [
  ['JavaScript', () => javascript],
  ...(hasPython ? python : []),
]
