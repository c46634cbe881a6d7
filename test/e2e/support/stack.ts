import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { createTestHarness } from 'wrangler'
import { TINY_MODEL } from '../../support/tiny-model.ts'
import { API_KEY, EdgeClient } from './edge-client.ts'

/** Only what hangs is to end here. */
const ONLINE_LIMIT_MS = 110_000
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

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends whatever a node was started through as well, where it leads a process group of its own. */
  killAll(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {} // all of them have ended
  }

  async exited(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  /** Throws when it ends first. */
  async whileRunning(work: Promise<void>): Promise<void> {
    const ended = this.exited().then((code) => {
      throw new Error(`The node ended with ${code}: ${this.log.join('\n')}`)
    })
    await Promise.race([work, ended])
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
export class Stack extends EdgeClient {
  readonly harness: ReturnType<typeof createTestHarness>
  readonly #nodes: NodeProcess[] = []
  readonly #folders: string[] = []
  /** The token that each state folder joined with: its node is started again with it, as by a unit that names it. */
  readonly #tokens = new Map<string, string>()

  private constructor(url: string, harness: ReturnType<typeof createTestHarness>) {
    super(url)
    this.harness = harness
  }

  /** With more variables of the edge, such as where it searches the web. */
  static async start(vars: Readonly<Record<string, string>> = {}): Promise<Stack> {
    // Loaded here: it takes seconds, and most files only talk to an edge that runs.
    const { createTestHarness } = await import('wrangler')
    const harness = createTestHarness({
      workers: [
        {
          configPath: './wrangler.toml',
          vars: {
            ENVIRONMENT: 'development',
            JWT_SECRET: 'a secret that only the tests use, 32 characters or more',
            DEV_API_KEY: API_KEY,
            ...vars,
          },
        },
      ],
    })
    const { url } = await harness.listen()
    await harness.getWorker().applyD1Migrations('DB')
    return new Stack(url.origin, harness)
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
    this.#folders.push(folder)
    return folder
  }

  async #newToken(name: string): Promise<string> {
    const { token } = await this.json<{ token: string }>('/v1/nodes/join-tokens', { name })
    return token
  }

  /** Starts a node, named as its join token, and waits until the edge offers its model. */
  async addNode(options: NodeArguments = {}) {
    const { name = 'attic', slots = 4, model = TINY_MODEL, edge = this.url, flags = [] } = options
    const stateDir = options.stateDir ?? (await this.folder())
    const token = this.#tokens.get(stateDir) ?? (await this.#newToken(name))
    this.#tokens.set(stateDir, token)
    const child = spawn(
      process.execPath,
      [
        'gpu-node/main.ts',
        ...['--edge', edge, '--model', model, '--slots', String(slots)],
        ...['--threads', '1', '--gpu', 'off', '--state-dir', stateDir],
        ...flags,
      ],
      { env: { ...process.env, SWITCHYARD_TOKEN: token }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const node = new NodeProcess(child)
    this.#nodes.push(node)
    await this.untilOnline(name, node)
    return node
  }

  /** Waits until a node is linked under this name and its models are offered. */
  untilOnline(name: string, node: NodeProcess): Promise<void> {
    return node.whileRunning(this.untilOffered(name, ONLINE_LIMIT_MS))
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) node.kill('SIGTERM')
    const stopped = Promise.all(this.#nodes.map((node) => node.exited()))
    const limit = setTimeout(() => {
      for (const node of this.#nodes) node.kill('SIGKILL')
    }, STOP_LIMIT_MS)
    await stopped.finally(() => clearTimeout(limit))
    await this.harness.close()
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
  }
}
