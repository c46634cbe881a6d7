import { join } from 'node:path'
import { z } from 'zod'
import { openBrowser } from './browser.ts'
import { Children, type EarlyChild } from './children.ts'
import { buildConsole } from './console/build.ts'
import { prepareDevVars } from './dev-vars.ts'
import { bundleEdge } from './edge/bundle.ts'
import { keepTime } from './edge/clock.ts'
import { edgeOptions } from './edge/options.ts'
import { parseFlags } from './flags.ts'
import { migrateLocally } from './local-database.ts'
import { checkPort, LocalEdge, localEdgeArgs, waitUntil, watchedEdgeArgs } from './local-edge.ts'
import { keepLastLog } from './local-logs.ts'
import { localNodes, STARTER, STATE_DIR, startNode, startNodeEarly, untilServed } from './local-nodes.ts'
import { PlainFailure, runScript } from './plain-failure.ts'
import { privateFolder } from './private-folder.ts'
import { seedEmptyCatalogue } from './programs/seed.ts'
import { LOCAL_ENV, ROOT, WRANGLER_STATE } from './root.ts'

const DEFAULT_PORT = 8787
const EDGE_LIMIT_MS = 60_000
/** Nodes that one start runs of a kind. */
const MAX_NODES = 8

const EDGE_LOG = join(STATE_DIR, 'edge.log')

const HELP = `Runs an edge and a node with the starter model on this machine, until Ctrl-C.

Usage: npm start [-- --port <n>] [--model <model>]... [--nodes <n>] [--open] [--watch]

  --port <n>       Where the edge listens, on 127.0.0.1. Default: ${DEFAULT_PORT}.
  --model <model>  A GGUF file or an hf: URI (hf:user/repository:Q4_K_M), with name= in front for a name of your own;
                   repeat it for several. They are served beside the starter model, by a node of their own, which uses
                   the GPU where there is one. What is not here is downloaded first.
  --nodes <n>      How many nodes serve that, or the starter model where no other is asked for. Default: 1.
  --open           Opens the console in a browser once it can be asked.
  --watch          Reloads the edge whenever one of its sources changes.

Secrets and settings stand in .dev.vars, which the first start writes. .switchyard/edge.log and .switchyard/node.log
(others are called after their nodes) are written anew by each start; those of the start before end in .log.1.
`

interface StartFlags {
  port: number
  models: string[]
  nodes: number
  open: boolean
  watch: boolean
  help: boolean
}

/** A whole number of a flag. Throws a `PlainFailure` that names it. */
function wholeNumber(flag: string, text: string, most: number): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= most) return number
  throw new PlainFailure(`${flag} must be a whole number from 1 to ${most}.`)
}

/** Reads the flags. Throws a `PlainFailure`. */
export function parseStart(args: string[]): StartFlags {
  const { values } = parseFlags('npm start', {
    args,
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      model: { type: 'string', multiple: true, default: [] },
      nodes: { type: 'string', default: '1' },
      open: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    port: wholeNumber('--port', values.port, 65_535),
    models: values.model,
    nodes: wholeNumber('--nodes', values.nodes, MAX_NODES),
    open: values.open,
    watch: values.watch,
    help: values.help,
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Does a part of the start and says how long it took. */
export async function stage<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  const result = await work()
  say(`  ${title.padEnd(32)}${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s`)
  return result
}

interface Greeting {
  origin: string
  /** Signs in once. */
  console: string
  apiKey: string
  model: string
}

/** The words of a start that is done: first where to click, then what a program needs. */
export const greeting = ({ origin, console, apiKey, model }: Greeting): string => `
Switchyard is running. Ctrl-C stops it.

  Console   ${console}
            (signs you in once, within an hour; after that as one of the accounts)
  Docs      ${origin}/v1/docs
  API       ${origin}/v1
  Key       ${apiKey}
  Accounts  admin / administrator, guest / guest_test1
  Logs      .switchyard/*.log

Talk to it:

  curl -N ${origin}/v1/chat/completions -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer ${apiKey}' \\
    -d '{"model":"${model}","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'

`

const Link = z.object({ url: z.url() })

/** An address of the console that signs in the one who started it, once. */
async function signInLink({ origin }: Pick<LocalEdge, 'origin'>, apiKey: string): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const response = await fetch(`${origin}/v1/sessions/links`, { method: 'POST', headers })
  return response.ok ? Link.parse(await response.json()).url : `${origin}/console/`
}

/** Brings up the edge and its nodes, and resolves once the models can be asked. */
async function bringUp(
  children: Children,
  { port, models, nodes: count, open, watch }: StartFlags,
  signal: AbortSignal,
): Promise<string> {
  const nodes = localNodes(models, count)
  await checkPort(port)
  for (const folder of [STATE_DIR, WRANGLER_STATE]) privateFolder(folder)
  const { DEV_API_KEY } = await prepareDevVars(join(ROOT, '.dev.vars'))
  // None of these needs another one; the edge needs all of them.
  await Promise.all([
    stage('the console is built', buildConsole),
    ...(watch ? [] : [stage('the edge is built', () => Promise.all([bundleEdge(), edgeOptions()]))]),
    stage('the database is up to date', migrateLocally),
  ])
  await keepLastLog(EDGE_LOG)
  signal.throwIfAborted()

  const edge = new LocalEdge(`http://127.0.0.1:${port}`, DEV_API_KEY)
  const early: (EarlyChild | undefined)[] = []
  await stage('the edge answers', async () => {
    const args = watch ? watchedEdgeArgs(port) : localEdgeArgs({ port })
    children.start({ title: 'The edge', args, env: LOCAL_ENV, logPath: EDGE_LOG })
    for (const node of nodes) early.push(await startNodeEarly(children, edge, node))
    const limit = {
      limitMs: EDGE_LIMIT_MS,
      sentence: 'The edge did not come up in a minute: see .switchyard/edge.log.',
    }
    await waitUntil((once) => edge.isHealthy(once), limit, signal)
  })
  await stage(
    nodes.length === 1 ? 'the node serves its model' : `${nodes.length} nodes serve their models`,
    async () => {
      for (const [index, node] of nodes.entries())
        await startNode(children, edge, { node, early: early[index] }, signal)
      await seedEmptyCatalogue({ origin: edge.origin, apiKey: DEV_API_KEY }, signal)
      await untilServed(edge, nodes, (progress) => say(`  … ${progress}`), signal)
    },
  )
  const console = await signInLink(edge, DEV_API_KEY)
  if (open) openBrowser(console, say)
  return greeting({
    origin: edge.origin,
    console,
    apiKey: DEV_API_KEY,
    model: nodes.at(-1)?.ids[0] ?? STARTER.id,
  })
}

async function main(): Promise<number> {
  const flags = parseStart(process.argv.slice(2))
  if (flags.help) {
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
  let stopClock = () => {}
  try {
    say('Starting:')
    const up = bringUp(children, flags, stop.signal)
    up.catch(() => {}) // Lost races: it may fail after a child did.
    const text = await Promise.race([up, children.failed, stopped.promise])
    if (text) process.stdout.write(text)
    stopClock = keepTime(`http://127.0.0.1:${flags.port}`)
    await Promise.race([children.failed, stopped.promise])
    return 0
  } finally {
    stopClock()
    // A start that is still under way must not start another child now.
    stop.abort()
    await children.stop()
  }
}

if (import.meta.main) await runScript(main)
