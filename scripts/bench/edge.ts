import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Children } from '../children.ts'
import { LocalEdge, localEdgeArgs, waitUntil } from '../local-edge.ts'
import { PlainFailure } from '../plain-failure.ts'
import { LOCAL_ENV, ROOT, WRANGLER } from '../root.ts'
import type { BenchContext } from './bench.ts'

const READY_LIMIT_MS = 60_000

/** A running edge, with what a client and a node need to speak to it. */
export interface BenchEdge {
  origin: string
  apiKey: string
  /** A right to join for one node. */
  createJoinToken(): Promise<string>
  /** Resolves when the edge offers the model. */
  serves(model: string): Promise<void>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}

const run = (args: string[], signal: AbortSignal) =>
  promisify(execFile)(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...LOCAL_ENV, CI: 'true' },
    signal,
  })

/** Starts `wrangler dev` as `npm start` does, on a free port, with a database and secrets of its own. */
export async function startEdge({ scratchDir, signal, note }: BenchContext): Promise<BenchEdge> {
  note('starting wrangler dev')
  const dir = await mkdtemp(join(scratchDir, 'edge-'))
  const state = ['--persist-to', join(dir, 'state')]
  const apiKey = `sk-${randomBytes(32).toString('hex')}`
  const variables = {
    ENVIRONMENT: 'development',
    JWT_SECRET: randomBytes(32).toString('hex'),
    DEV_API_KEY: apiKey,
  }
  // Given by a file, which also keeps wrangler from reading the developer's own `.dev.vars`.
  const variablesPath = join(dir, 'vars.env')
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`)
  await writeFile(variablesPath, lines.join(''), { mode: 0o600 })
  await run(['d1', 'migrations', 'apply', 'DB', '--local', ...state], signal)

  const port = await freePort()
  const logPath = join(dir, 'edge.log')
  const children = new Children()
  const edge = new LocalEdge(`http://127.0.0.1:${port}`, apiKey)
  const until = (what: string, isTrue: (signal: AbortSignal) => Promise<boolean>) =>
    Promise.race([
      children.failed,
      waitUntil(isTrue, { limitMs: READY_LIMIT_MS, sentence: `${what} in time.` }, signal),
    ])
  try {
    children.start({
      title: 'wrangler dev',
      args: [...localEdgeArgs(port), ...state, '--env-file', variablesPath],
      env: LOCAL_ENV,
      logPath,
    })
    await until('wrangler dev did not answer', (once) => edge.isHealthy(once))
  } catch (thrown) {
    await children.stop()
    const log = await readFile(logPath, 'utf8').catch(() => '')
    throw new PlainFailure(`${thrown instanceof Error ? thrown.message : thrown}\n${log.slice(-2_000)}`)
  }
  return {
    origin: edge.origin,
    apiKey,
    createJoinToken: () => edge.createJoinToken('bench', signal),
    serves: (model) => until(`No node offered ${model}`, (once) => edge.serves(model, once)),
    stop: () => children.stop(),
  }
}
