import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { causeOf } from '../shared/failure-cause.ts'
import { createLogger, type Logger } from '../shared/log.ts'
import { adapterModelId } from '../shared/node.ts'
import { Counter } from '../shared/prometheus.ts'
import { HELP, type NodeConfig, parseCommand } from './config.ts'
import { Drain, INTERRUPT_DRAIN_LIMIT_MS } from './drain.ts'
import { counter, EngineMetrics } from './engine/engine-metrics.ts'
import type { LlamaEngine } from './engine/llama.ts'
import { detectHardware } from './hardware.ts'
import { createCredentialSource } from './join.ts'
import { LinkStopped } from './link/reconnect.ts'
import { serveMetrics } from './metrics-server.ts'
import { type ModelFile, ModelFiles } from './model-files/model-files.ts'
import type { ModelSource } from './model-files/model-sources.ts'
import { isHubUri, resolveModel } from './model-files/resolve.ts'
import { runNode } from './node.ts'
import { EXIT_FAILURE, OperatorError } from './operator-error.ts'
import { createServing, type ServingParts, servingThreads, trainingThreads } from './serving.ts'
import { lockState } from './state-lock.ts'
import { pinsOfPyodide, readWheels } from './tasks/errands/python-wheels.ts'
import { type NodeSandboxes, prepareSandboxes } from './tasks/prepare.ts'
import { canTrainOn, TrainingJobs } from './training/jobs.ts'

/** When calls are over or given up, by when the process is gone. */
const STOP_LIMIT_MS = 9_000
/** npm, a terminal and a supervisor may each pass the same signal on: within this time they are one. */
const SIGNAL_ECHO_MS = 300
const PROGRESS_LOG_MS = 5_000

const readVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(version)
}

/** How a node without a name of its own introduces itself. */
const defaultName = (): string => hostname().slice(0, 100) || 'node'

/** A failure for the operator: of a model it is already one plain sentence. */
const asOperatorError = (thrown: unknown): OperatorError =>
  new OperatorError(causeOf(thrown), { cause: thrown })

/** Models and adapters alike, by what callers name. */
const sourcesOf = ({ models, adapters }: NodeConfig): ModelSource[] => [
  ...models,
  ...adapters.map(({ model, suffix, ...source }) => ({ id: adapterModelId(model, suffix), ...source })),
]

/** The local file of each, by what callers name; downloaded where needed. */
async function resolveFiles(sources: ModelSource[], modelsDir: string, log: Logger, signal: AbortSignal) {
  const files = new Map<string, ModelFile>()
  for (const { id, uri, sha256 } of sources) {
    let loggedAt = 0
    const onProgress = ({ downloadedBytes, totalBytes }: { downloadedBytes: number; totalBytes: number }) => {
      if (Date.now() - loggedAt < PROGRESS_LOG_MS) return
      loggedAt = Date.now()
      log.info('model.downloading', { model: id, downloadedBytes, totalBytes })
    }
    const path = await resolveModel(uri, { modelsDir, onProgress, signal }).catch((thrown) => {
      throw asOperatorError(thrown)
    })
    files.set(id, { path, sha256, hubUri: isHubUri(uri) ? uri : undefined })
  }
  return files
}

/**
 * Serves until the node is told to stop. The folder is locked first: a second node in it must not dial. Checks that take no time come first, so that a typing error spends no join token;
 * then the edge's consent; only then models are downloaded, hashed and loaded, which can take very long.
 */
async function serve(config: NodeConfig, log: Logger, drain: Drain): Promise<void> {
  const { edge, token, name, region, prices, embeddings, gpu, stateDir, modelsDir } = config
  const signal = drain.over
  lockState(stateDir)
  log.info('node.starting', { edge, name, models: config.models.map(({ id }) => id).join(',') })
  const sources = sourcesOf(config)
  const ofHubs = sources.filter(({ uri }) => isHubUri(uri))
  const ofDisk = sources.filter(({ uri }) => !isHubUri(uri))
  const files = await resolveFiles(ofDisk, modelsDir, log, signal)
  const { taskSlots: slots, python, pythonWheels } = config
  const wheels =
    pythonWheels === undefined ? undefined : await readWheels(pythonWheels, await pinsOfPyodide())
  const metrics = new EngineMetrics()
  const links = new Counter()
  let training: TrainingJobs | undefined
  let sandboxes: NodeSandboxes | undefined
  if (config.metricsPort !== undefined) {
    const linked = () => counter('links', 'Links to the edge that were welcomed.', links)
    await serveMetrics(config.metricsPort, () => [
      ...metrics.read(),
      linked(),
      ...(training?.read() ?? []),
      ...(sandboxes?.tasks.read() ?? []),
      ...(sandboxes?.errands.read() ?? []),
    ])
  }
  const credential = createCredentialSource({ edge, token, name, stateDir, log })
  await credential.check(signal)
  for (const [id, file] of await resolveFiles(ofHubs, modelsDir, log, signal)) files.set(id, file)
  const { hardware, build } = await detectHardware(gpu, log)
  const parts = { files, known: new ModelFiles(config.stateDir, log), hardware, metrics, log, signal }
  const canTrain = config.trainingSlots > 0 && (await canTrainOn(build))
  let llama: LlamaEngine | undefined
  await runNode(
    {
      edge,
      credential,
      name: name ?? defaultName(),
      region,
      prices,
      embeddings,
      version: readVersion(),
      hardware,
      createEngine: async (emit) => {
        const serving = await createServing(config, parts, emit).catch((thrown) => {
          throw asOperatorError(thrown)
        })
        llama = serving.llama
        return serving.engine
      },
      createTraining: () => {
        if (llama && canTrain) training = createTraining(config, parts, llama, build)
        return training
      },
      prepareSandboxes: async () => {
        sandboxes = await prepareSandboxes({ slots, python, wheels, stateDir, edge }, log)
        return sandboxes
      },
      log,
      onLinked: () => {
        links.add(1)
        sandboxes?.warm()
      },
      drain,
    },
    signal,
  )
}

/** Jobs compute on the cores that serving leaves, on one each at least. */
function createTraining(
  config: NodeConfig,
  { files, known, hardware, log, signal }: ServingParts,
  engine: LlamaEngine,
  build: Awaited<ReturnType<typeof detectHardware>>['build'],
): TrainingJobs {
  const { edge, stateDir, trainingSlots: slots, trainingMemoryMiB: memoryMiB } = config
  return new TrainingJobs({
    edge,
    stateDir,
    slots,
    memoryMiB,
    threads: trainingThreads(hardware.cores, servingThreads(config, hardware), slots),
    build,
    modelOf: (id) => {
      const holding = engine.models.find((model) => model.id === id)
      const path = files.get(id)?.path
      return holding && path !== undefined ? { holding, path } : undefined
    },
    verify: (id, closing) => {
      const file = files.get(id)
      if (file === undefined) return Promise.reject(new Error('The model is not on this node.'))
      return known.check(file, AbortSignal.any([signal, closing]))
    },
    isServing: () => engine.isServing,
    spare: engine.spare,
    log,
  })
}

/** The first signal drains, another one stops at once. */
function watchSignals(drain: Drain, drainLimitMs: number, log: Logger): void {
  let firstAt: number | undefined
  const onSignal = (name: NodeJS.Signals): void => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > SIGNAL_ECHO_MS) drain.stop()
      return
    }
    firstAt = performance.now()
    log.info('node.stopping', { signal: name })
    drain.begin(name === 'SIGTERM' ? drainLimitMs : Math.min(INTERRUPT_DRAIN_LIMIT_MS, drainLimitMs))
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  const force = (): void => {
    log.warn('node.stop_forced', { limitMs: STOP_LIMIT_MS })
    process.exit(0)
  }
  drain.over.addEventListener('abort', () => setTimeout(force, STOP_LIMIT_MS).unref())
}

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), process.env)
  if (command.kind !== 'run') {
    process.stdout.write(command.kind === 'help' ? HELP : `${readVersion()}\n`)
    return 0
  }
  const log = createLogger((line) => process.stdout.write(`${line}\n`))
  const drain = new Drain(log)
  watchSignals(drain, command.config.drainMs, log)
  try {
    await serve(command.config, log, drain)
  } catch (thrown) {
    if (!drain.over.aborted) throw thrown
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
