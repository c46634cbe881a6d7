import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { hasJoined } from '../gpu-node/join.ts'
import { Children } from './children.ts'
import { prepareDevVars } from './dev-vars.ts'
import { parseFlags } from './flags.ts'
import { checkPort, LocalEdge, localEdgeArgs, migrateLocally, waitUntil } from './local-edge.ts'
import { PlainFailure, runScript } from './plain-failure.ts'
import { privateFolder } from './private-folder.ts'
import { seedEmptyCatalogue } from './programs/seed.ts'
import { LOCAL_ENV, ROOT, WRANGLER_STATE } from './root.ts'

const DEFAULT_PORT = 8787
const EDGE_LIMIT_MS = 60_000
const NODE_LIMIT_MS = 120_000

const STARTER = { id: 'starter', path: join(ROOT, 'gpu-node', 'models', 'starter.gguf') }
const STATE_DIR = join(ROOT, '.switchyard')
const EDGE_LOG = join(STATE_DIR, 'edge.log')
const NODE_LOG = join(STATE_DIR, 'node.log')

const HELP = `Runs an edge and a node with the starter model on this machine, until Ctrl-C.

Usage: npm start [-- --port <n>]

  --port <n>  Where the edge listens, on 127.0.0.1. Default: ${DEFAULT_PORT}.

Secrets and settings stand in .dev.vars, which the first start writes. .switchyard/edge.log and .switchyard/node.log
are written anew by each start; those of the start before end in .log.1.
`

/** Reads the flags. Throws a `PlainFailure`. */
export function parseStart(args: string[]): { port: number; help: boolean } {
  const { values } = parseFlags('npm start', {
    args,
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : 0
  if (port < 1 || port > 65_535) throw new PlainFailure('--port must be a whole number from 1 to 65535.')
  return { port, help: values.help }
}

/** Renames the log of the start before, which may tell of a crash, to `<path>.1`, in place of an older one. */
export async function keepLastLog(path: string): Promise<void> {
  await rename(path, `${path}.1`).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
  })
}

const greeting = (origin: string, apiKey: string): string => `
Switchyard is running. Ctrl-C stops it.

  Docs      ${origin}/v1/docs
  API       ${origin}/v1
  Key       ${apiKey}
  Accounts  admin / administrator, guest / guest_test1
  Logs      .switchyard/edge.log, .switchyard/node.log

Talk to it:

  curl -N ${origin}/v1/chat/completions -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer ${apiKey}' \\
    -d '{"model":"${STARTER.id}","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'

`

/** Brings up the edge and a node, and resolves once the model can be asked. */
async function bringUp(children: Children, port: number, signal: AbortSignal): Promise<string> {
  if (!existsSync(STARTER.path)) {
    throw new PlainFailure(
      'The starter model gpu-node/models/starter.gguf is missing: check the file out again.',
    )
  }
  await checkPort(port)
  for (const folder of [STATE_DIR, WRANGLER_STATE]) privateFolder(folder)
  const { DEV_API_KEY } = await prepareDevVars(join(ROOT, '.dev.vars'))
  await migrateLocally()
  for (const path of [EDGE_LOG, NODE_LOG]) await keepLastLog(path)
  signal.throwIfAborted()

  const edge = new LocalEdge(`http://127.0.0.1:${port}`, DEV_API_KEY)
  children.start({ title: 'The edge', args: localEdgeArgs(port), env: LOCAL_ENV, logPath: EDGE_LOG })
  const edgeLimit = {
    limitMs: EDGE_LIMIT_MS,
    sentence: 'The edge did not come up in a minute: see .switchyard/edge.log.',
  }
  await waitUntil((once) => edge.isHealthy(once), edgeLimit, signal)
  await seedEmptyCatalogue({ origin: edge.origin, apiKey: DEV_API_KEY }, signal)

  // A token where it is of use: none beside a credential that the edge knows, one where it was forgotten with `.wrangler`.
  const isJoined = await hasJoined({ edge: edge.origin, stateDir: STATE_DIR }, signal)
  const token = isJoined
    ? undefined
    : await edge.createJoinToken({ name: 'local', models: [STARTER.id] }, signal)
  children.start({
    title: 'The node',
    args: [
      join(ROOT, 'gpu-node', 'main.ts'),
      ...['--edge', edge.origin, '--name', 'local', '--model', `${STARTER.id}=${STARTER.path}`],
      // The starter model is so small that a second thread or a GPU would only slow it down.
      ...['--slots', '4', '--threads', '1', '--gpu', 'off', '--state-dir', STATE_DIR],
    ],
    env: token === undefined ? {} : { SWITCHYARD_TOKEN: token },
    logPath: NODE_LOG,
  })
  const nodeLimit = {
    limitMs: NODE_LIMIT_MS,
    sentence: 'The node did not come up in two minutes: see .switchyard/node.log.',
  }
  await waitUntil((once) => edge.serves(STARTER.id, once), nodeLimit, signal)
  return greeting(edge.origin, DEV_API_KEY)
}

async function main(): Promise<number> {
  const { port, help } = parseStart(process.argv.slice(2))
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const children = new Children()
  const stop = new AbortController()
  const stopped = Promise.withResolvers<void>()
  // npm, the terminal and setup.mjs may each pass on the same signal: only the first counts.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      stop.abort()
      stopped.resolve()
    })
  }
  try {
    process.stdout.write('Starting the edge and a node…\n')
    const up = bringUp(children, port, stop.signal)
    up.catch(() => {}) // Lost races: it may fail after a child did.
    const text = await Promise.race([up, children.failed, stopped.promise])
    if (text) process.stdout.write(text)
    await Promise.race([children.failed, stopped.promise])
    return 0
  } finally {
    // A start that is still under way must not start another child now.
    stop.abort()
    await children.stop()
  }
}

if (import.meta.main) await runScript(main)
