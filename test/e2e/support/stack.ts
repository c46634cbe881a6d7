import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, vi } from 'vitest'
import { createTestHarness } from 'wrangler'

const API_KEY = `sk-${'e2e'.repeat(14)}x`
const STARTER = 'gpu-node/models/starter.gguf'
const STOP_LIMIT_MS = 15_000

/** A real node process, dialled in. */
export class NodeProcess {
  readonly #child: ChildProcess
  readonly #lines: string[] = []

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#lines.push(line))
    child.stderr?.on('data', (data) => this.#lines.push(String(data)))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get log(): readonly string[] {
    return this.#lines
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async exited(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }
}

export interface NodeArguments {
  name?: string
  slots?: number
  /** A state folder that is shared by runs of one node; without it each has its own. */
  stateDir?: string
  model?: string
  /** Where it dials, when that is not the edge itself. */
  edge?: string
  /** Further flags of the node. */
  flags?: readonly string[]
}

/** The edge in the harness and real node processes with the starter model. Everything stops with `close`. */
export class Stack {
  readonly url: string
  readonly key = API_KEY
  readonly #harness: ReturnType<typeof createTestHarness>
  readonly #nodes: NodeProcess[] = []
  readonly #folders: string[] = []

  constructor(url: string, harness: ReturnType<typeof createTestHarness>) {
    this.url = url
    this.#harness = harness
  }

  static async start(): Promise<Stack> {
    const harness = createTestHarness({
      workers: [
        {
          configPath: './wrangler.toml',
          vars: {
            ENVIRONMENT: 'development',
            JWT_SECRET: 'a secret that only the tests use, 32 characters or more',
            DEV_API_KEY: API_KEY,
          },
        },
      ],
    })
    const { url } = await harness.listen()
    await harness.getWorker().applyD1Migrations('DB')
    return new Stack(url.origin, harness)
  }

  get harness() {
    return this.#harness
  }

  request(path: string, options: { method?: string; body?: unknown; signal?: AbortSignal } = {}) {
    const { body, signal } = options
    return fetch(this.url + path, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  }

  async json<Body>(path: string, body?: unknown): Promise<Body> {
    const response = await this.request(path, { body })
    expect(response.ok, `${path} answered ${response.status}`).toBe(true)
    return (await response.json()) as Body
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
    this.#folders.push(folder)
    return folder
  }

  /** Starts a node, named as its join token, and waits until the edge offers its model. */
  async addNode(options: NodeArguments = {}) {
    const { name = 'attic', slots = 4, stateDir, model = STARTER, edge = this.url, flags = [] } = options
    const { token } = await this.json<{ token: string }>('/v1/nodes/join-tokens', { name })
    const child = spawn(
      process.execPath,
      [
        'gpu-node/main.ts',
        ...['--edge', edge, '--model', model, '--slots', String(slots)],
        ...['--threads', '1', '--gpu', 'off', '--state-dir', stateDir ?? (await this.folder())],
        ...flags,
      ],
      { env: { ...process.env, SWITCHYARD_TOKEN: token }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const node = new NodeProcess(child)
    this.#nodes.push(node)
    await this.untilOnline(name, node)
    return node
  }

  /** Waits until a node of this name is linked and its model is offered. */
  async untilOnline(name: string, node?: NodeProcess): Promise<void> {
    await vi.waitFor(
      async () => {
        if (node && node.exitCode !== null) throw new Error(`The node ended: ${node.log.join('\n')}`)
        const status = await this.nodeNamed(name)
        expect(status).toMatchObject({ status: 'online' })
        // The list is read from a snapshot up to a second old: the node's own models must be in it.
        const { data } = await this.json<{ data: { id: string }[] }>('/v1/models')
        const own = (status?.models ?? []).map(({ id }) => id)
        expect(own).not.toEqual([])
        expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(own))
      },
      { timeout: 45_000, interval: 100 },
    )
  }

  async nodeNamed(name: string) {
    const { data } = await this.json<{ data: NodeStatus[] }>('/v1/nodes')
    return data.find((node) => node.name === name)
  }

  /** Waits until no generation runs or waits anywhere. */
  async untilIdle(limitMs: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const { data } = await this.json<{ data: NodeStatus[] }>('/v1/nodes')
        const busy = data.flatMap(({ models }) => models.map(({ active, queued }) => active + queued))
        expect(busy.every((calls) => calls === 0)).toBe(true)
      },
      { timeout: limitMs, interval: 50 },
    )
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) node.kill('SIGTERM')
    const stopped = Promise.all(this.#nodes.map((node) => node.exited()))
    const limit = setTimeout(() => {
      for (const node of this.#nodes) node.kill('SIGKILL')
    }, STOP_LIMIT_MS)
    await stopped.finally(() => clearTimeout(limit))
    await this.#harness.close()
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
  }
}

export interface NodeStatus {
  id: string
  name: string
  status: 'online' | 'offline'
  models: { id: string; active: number; queued: number }[]
  gauge: object | null
}
