import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Children } from '../../../scripts/children.ts'
import { LocalEdge, localEdgeArgs, waitUntil } from '../../../scripts/local-edge.ts'
import { LOCAL_ENV, ROOT, WRANGLER } from '../../../scripts/root.ts'

const READY_LIMIT_MS = 60_000

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}

/** A real `wrangler dev` with a database of its own that outlives a restart, as `npm start` runs it. */
export class DevEdge {
  readonly origin: string
  readonly key: string
  readonly folder: string
  readonly #port: number
  readonly #edge: LocalEdge
  #children = new Children()

  constructor(folder: string, port: number, key: string) {
    this.folder = folder
    this.key = key
    this.origin = `http://127.0.0.1:${port}`
    this.#port = port
    this.#edge = new LocalEdge(this.origin, key)
  }

  static async create(): Promise<DevEdge> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-edge-'))
    const key = `sk-${randomBytes(32).toString('hex')}`
    const variables = {
      ENVIRONMENT: 'development',
      JWT_SECRET: randomBytes(32).toString('hex'),
      DEV_API_KEY: key,
    }
    const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`)
    await writeFile(join(folder, 'vars.env'), lines.join(''), { mode: 0o600 })
    await promisify(execFile)(
      process.execPath,
      [WRANGLER, 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', join(folder, 'state')],
      { cwd: ROOT, env: { ...process.env, ...LOCAL_ENV, CI: 'true' } },
    )
    return new DevEdge(folder, await freePort(), key)
  }

  async start(): Promise<void> {
    this.#children = new Children()
    this.#children.start({
      title: 'wrangler dev',
      args: [
        ...localEdgeArgs(this.#port),
        ...['--persist-to', join(this.folder, 'state'), '--env-file', join(this.folder, 'vars.env')],
      ],
      env: LOCAL_ENV,
      logPath: join(this.folder, 'edge.log'),
    })
    const limit = { limitMs: READY_LIMIT_MS, sentence: 'wrangler dev did not answer in time.' }
    await waitUntil((once) => this.#edge.isHealthy(once), limit, new AbortController().signal)
  }

  joinToken(name: string): Promise<string> {
    return this.#edge.createJoinToken(name, new AbortController().signal)
  }

  async stop(): Promise<void> {
    await this.#children.stop()
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
