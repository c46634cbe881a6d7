import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createLogger, type Logger } from '../shared/log.ts'
import { HELP, type NodeConfig, parseCommand } from './config.ts'
import { createLlamaEngine } from './engine/llama.ts'
import { resolveModel } from './engine/models.ts'
import { detectHardware } from './hardware.ts'
import { createCredentialSource } from './join.ts'
import { LinkStopped } from './link/reconnect.ts'
import { runNode } from './node.ts'
import { EXIT_FAILURE, OperatorError } from './operator-error.ts'

/** After a signal, by when the process is gone: before the ten seconds after which Docker and others kill. */
const STOP_LIMIT_MS = 9_000
const PROGRESS_LOG_MS = 5_000

const readVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(version)
}

/** What goes wrong with a model is already one plain sentence. */
const asOperatorError = (thrown: unknown): OperatorError =>
  new OperatorError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })

/** The local file of each model, downloaded where needed. */
async function resolveModels({ models, modelsDir }: NodeConfig, log: Logger, signal: AbortSignal) {
  const files: { id: string; path: string }[] = []
  for (const { id, uri } of models) {
    let loggedAt = 0
    const onProgress = ({ downloadedBytes, totalBytes }: { downloadedBytes: number; totalBytes: number }) => {
      if (Date.now() - loggedAt < PROGRESS_LOG_MS) return
      loggedAt = Date.now()
      log.info('model.downloading', { model: id, downloadedBytes, totalBytes })
    }
    files.push({ id, path: await resolveModel(uri, { modelsDir, onProgress, signal }) })
  }
  return files
}

async function serve(config: NodeConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const { edge, token, name, slots, contextTokens, gpu, stateDir } = config
  const threads = config.threads ?? availableParallelism()
  log.info('node.starting', { edge, name, models: config.models.map(({ id }) => id).join(',') })
  const files = await resolveModels(config, log, signal).catch((thrown) => {
    throw asOperatorError(thrown)
  })
  const models = files.map((file) => ({ ...file, slots, contextTokens }))
  await runNode(
    {
      edge,
      credential: createCredentialSource({ edge, token, name, stateDir, log }),
      name,
      version: readVersion(),
      hardware: await detectHardware(gpu, log),
      createEngine: (emit) =>
        createLlamaEngine({ models, threads, gpu: gpu === 'auto' ? 'auto' : false, log }, emit).catch(
          (thrown) => {
            throw asOperatorError(thrown)
          },
        ),
      log,
    },
    signal,
  )
}

/** Aborts at the first signal; later ones change nothing, since npm, a terminal and a supervisor may each send one. */
function watchSignals(log: Logger): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) return
      log.info('node.stopping', { signal: name })
      stop.abort()
      setTimeout(() => {
        log.warn('node.stop_forced', { limitMs: STOP_LIMIT_MS })
        process.exit(0)
      }, STOP_LIMIT_MS).unref()
    })
  }
  return stop.signal
}

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), process.env)
  if (command.kind !== 'run') {
    process.stdout.write(command.kind === 'help' ? HELP : `${readVersion()}\n`)
    return 0
  }
  const log = createLogger((line) => process.stdout.write(`${line}\n`))
  const signal = watchSignals(log)
  try {
    await serve(command.config, log, signal)
  } catch (thrown) {
    if (!signal.aborted) throw thrown
  }
  log.info('node.stopped')
  return 0
}

/** One sentence for what a person can mend, a stack for what only we can. */
function explain(thrown: unknown): number {
  const isForOperator = thrown instanceof OperatorError || thrown instanceof LinkStopped
  if (isForOperator) process.stderr.write(`${thrown.message}\n`)
  else console.error(thrown)
  return thrown instanceof OperatorError ? thrown.exitCode : EXIT_FAILURE
}

process.exit(await main().catch(explain))
