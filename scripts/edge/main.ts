import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from 'miniflare'
import { parseFlags } from '../flags.ts'
import { runScript } from '../plain-failure.ts'
import { ROOT, WRANGLER_STATE } from '../root.ts'
import { bundleEdge, WORKER } from './bundle.ts'
import { edgeOptions } from './options.ts'
import { LOCAL_RUNTIME, STORED } from './runtime.ts'

// The edge on this machine: the Worker as a deploy bundles it, in Cloudflare's own runtime. `wrangler dev` would bundle it at
// each start and put a second runtime before it: ten seconds of CPU, where this takes three.

async function main(): Promise<number> {
  const { values } = parseFlags('scripts/edge/main.ts', {
    args: process.argv.slice(2),
    options: {
      port: { type: 'string' },
      'inspector-port': { type: 'string' },
      entry: { type: 'string', default: WORKER },
      state: { type: 'string', default: WRANGLER_STATE },
      vars: { type: 'string', default: join(ROOT, '.dev.vars') },
    },
  })
  const stopped = Promise.withResolvers<void>()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopped.resolve())

  const [scriptPath, options] = await Promise.all([bundleEdge(values.entry), edgeOptions()])
  const variables = parseEnv(await readFile(values.vars, 'utf8'))
  const worker = {
    ...options,
    // As in wrangler.toml: what Durable Objects have stored lies below it.
    name: 'switchyard',
    modulesRoot: ROOT,
    modules: [{ type: 'ESModule', path: scriptPath }],
    bindings: { ...options.bindings, ...variables },
  } as V4WorkerOptions // what wrangler has made for Miniflare
  const settings = convertV4MiniflareOptions({
    ...LOCAL_RUNTIME,
    port: Number(values.port),
    // It lets whoever reaches it do anything: none where nobody asks for it.
    ...(values['inspector-port'] !== undefined && { inspectorPort: Number(values['inspector-port']) }),
    log: new Log(LogLevel.WARN),
    unsafeTriggerHandlers: true,
    resourcePersistencePath: join(values.state, STORED),
    handleStructuredLogs: ({ message }) => void process.stdout.write(`${message}\n`),
    workers: [worker],
  })
  const miniflare = new Miniflare(settings)
  await miniflare.ready
  await stopped.promise
  await miniflare.dispose()
  return 0
}

if (import.meta.main) await runScript(main)
