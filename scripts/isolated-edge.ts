import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { causeOf } from '../shared/failure-cause.ts'
import { Children } from './children.ts'
import { freePort } from './free-port.ts'
import { applyMigrations } from './local-database.ts'
import { LocalEdge, localEdgeArgs, waitUntil } from './local-edge.ts'
import { PlainFailure } from './plain-failure.ts'
import { LOCAL_ENV } from './root.ts'

const READY_LIMIT_MS = 60_000

/**
 * An edge as `npm start` runs it, on a free port, with secrets and a database of its own that outlive a restart:
 * for benches and tests that must not touch the developer's.
 */
export class IsolatedEdge {
  readonly origin: string
  readonly key: string
  readonly folder: string
  /** Where the Worker's isolate can be looked into. */
  readonly inspectorPort: number
  readonly #port: number
  readonly #entry: string | undefined
  readonly #edge: LocalEdge
  #children = new Children()

  constructor(folder: string, ports: { edge: number; inspector: number }, key: string, entry?: string) {
    this.folder = folder
    this.key = key
    this.origin = `http://127.0.0.1:${ports.edge}`
    this.inspectorPort = ports.inspector
    this.#port = ports.edge
    this.#entry = entry
    this.#edge = new LocalEdge(this.origin, key)
  }

  /** `entry` is another Worker than the one that is deployed, relative to the repository. */
  static async create(
    parent = tmpdir(),
    signal = new AbortController().signal,
    entry?: string,
  ): Promise<IsolatedEdge> {
    const folder = await mkdtemp(join(parent, 'switchyard-edge-'))
    const key = `sk-${randomBytes(32).toString('hex')}`
    const variables = {
      ENVIRONMENT: 'development',
      JWT_SECRET: randomBytes(32).toString('hex'),
      DEV_API_KEY: key,
    }
    const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`)
    await writeFile(join(folder, 'vars.env'), lines.join(''), { mode: 0o600 })
    await applyMigrations(join(folder, 'state'))
    signal.throwIfAborted()
    return new IsolatedEdge(folder, { edge: await freePort(), inspector: await freePort() }, key, entry)
  }

  /** Throws a `PlainFailure` with the end of the edge's log when it does not come up. */
  async start(signal = new AbortController().signal): Promise<void> {
    const logPath = join(this.folder, 'edge.log')
    this.#children = new Children()
    this.#children.start({
      title: 'The edge',
      args: localEdgeArgs({
        port: this.#port,
        inspectorPort: this.inspectorPort,
        entry: this.#entry,
        state: join(this.folder, 'state'),
        vars: join(this.folder, 'vars.env'),
      }),
      env: LOCAL_ENV,
      logPath,
    })
    try {
      await this.#until('The edge did not answer', (once) => this.#edge.isHealthy(once), signal)
    } catch (thrown) {
      await this.stop()
      const log = await readFile(logPath, 'utf8').catch(() => '')
      throw new PlainFailure(`${causeOf(thrown)}\n${log.slice(-2_000)}`)
    }
  }

  /** A right to join for one node. */
  joinToken(name: string, signal = new AbortController().signal): Promise<string> {
    return this.#edge.createJoinToken({ name }, signal)
  }

  /** Resolves when the edge offers the model. */
  serves(model: string, signal = new AbortController().signal): Promise<void> {
    return this.#until(`No node offered ${model}`, (once) => this.#edge.serves(model, once), signal)
  }

  stop(): Promise<void> {
    return this.#children.stop()
  }

  /** Ends it without a word; it can be started again. */
  kill(): void {
    this.#children.kill()
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  #until(
    what: string,
    isTrue: (signal: AbortSignal) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    const limit = { limitMs: READY_LIMIT_MS, sentence: `${what} in time.` }
    return Promise.race([this.#children.failed, waitUntil(isTrue, limit, signal)])
  }
}
