import type { Logger } from '../shared/log.ts'
import type { Hardware, ModelHolding } from '../shared/node.ts'
import { DRAIN_GRACE_MS, Drain } from './drain.ts'
import { type Embeddings, withEmbeddings } from './embeddings.ts'
import type { Engine, EngineEvent } from './engine/engine.ts'
import type { LinkHandler, Welcome } from './link/connection.ts'
import type { Outbox } from './link/outbox.ts'
import { keepLinked, LinkStopped, type ReconnectOptions } from './link/reconnect.ts'
import { Session } from './link/session.ts'
import { type Prices, withPrices } from './prices.ts'
import type { NodeErrands } from './tasks/errands/node-errands.ts'
import type { NodeTasks } from './tasks/node-tasks.ts'
import type { TrainingJobs } from './training/jobs.ts'

/** Where a node's credential comes from. */
export interface CredentialSource {
  get(signal: AbortSignal): Promise<string>
  /** Another one, after the edge refused the first; undefined where there is none to be had. */
  renew(signal: AbortSignal): Promise<string | undefined>
}

/** The jobs of a node, as its links need them. */
export type NodeTraining = Pick<
  TrainingJobs,
  'offer' | 'attach' | 'detach' | 'receive' | 'drain' | 'leaveBehind' | 'close'
>

interface Sandboxes {
  tasks: Pick<NodeTasks, 'offer' | 'attach' | 'close'>
  errands: Pick<NodeErrands, 'offer' | 'attach' | 'close'>
}

export interface NodeOptions {
  /** The edge's origin. */
  edge: string
  /** Asked for when the engine is ready. */
  credential: string | CredentialSource
  name: string
  /** Undefined for the continent that it dials from. */
  region?: string | undefined
  /** Told with the models. Absent: none. */
  prices?: Prices | undefined
  /** Absent: as the models' files say. */
  embeddings?: Embeddings | undefined
  version: string
  hardware: Hardware
  createEngine: (emit: (event: EngineEvent) => void) => Promise<Engine>
  /** Asked for when the engine is there; undefined for a node that trains nothing. */
  createTraining?: (() => NodeTraining | undefined) | undefined
  /** Asked for beside the engine; absent or undefined for a node that runs no tasks and does no errands. */
  prepareSandboxes?: (() => Promise<Sandboxes | undefined>) | undefined
  log: Logger
  /** Each time the edge has welcomed this node. */
  onLinked?: (() => void) | undefined
  /** Shared with whoever else may end this node, such as a signal's handler. */
  drain?: Drain | undefined
  welcomeTimeoutMs?: ReconnectOptions['welcomeTimeoutMs']
  random?: ReconnectOptions['random']
  wait?: ReconnectOptions['wait']
}

/**
 * One node: an engine, and a link that is dialled again for as long as it takes. Resolves after an abort or a drain, when
 * engine and link are closed; throws `LinkStopped`, or what the engine or the credential threw.
 */
export async function runNode(options: NodeOptions, stopSignal: AbortSignal): Promise<void> {
  const { createEngine, log, drain = new Drain(log), prices = new Map(), embeddings = new Map() } = options
  const toldOf = (models: readonly ModelHolding[]) => withEmbeddings(withPrices(models, prices), embeddings)
  const signal = AbortSignal.any([stopSignal, drain.over])
  let session: Session | undefined
  let gauge: EngineEvent | undefined
  const emit = (event: EngineEvent) => {
    if (event.type === 'gauge') gauge = event
    const told = event.type === 'holdings' ? { ...event, models: toldOf(event.models) } : event
    session?.deliver(told)
  }
  const making = [createEngine(emit), options.prepareSandboxes?.()] as const
  // What one of them writes is finished also where the other fails: half of it would stay on the disk.
  await Promise.allSettled(making)
  const [engine, sandboxes] = await Promise.all(making)
  const { tasks, errands } = sandboxes ?? {}
  const training = options.createTraining?.()
  if (training) drain.leave = () => training.leaveBehind()

  const offered = () => toldOf(engine.models)

  const onWelcome = (outbox: Outbox, helloModels: string, welcome: Welcome): LinkHandler => {
    const jobs = welcome.training ? training : undefined
    jobs?.attach((event) => outbox.send(event))
    const current = new Session({
      engine,
      outbox,
      training: jobs,
      tasks: welcome.tasks && tasks?.attach((event) => outbox.send(event)),
      errands: welcome.errands && errands?.attach((event) => outbox.send(event)),
      onDrain: (limitMs) => drain.begin(limitMs + DRAIN_GRACE_MS),
      onDrained: () => drain.stop(),
    })
    session = current
    options.onLinked?.()
    // What changed while no link could carry it.
    const models = offered()
    if (JSON.stringify(models) !== helloModels) current.deliver({ type: 'holdings', models })
    if (gauge) current.deliver(gauge)
    drain.serve(current)
    return {
      receive: (command) => current.receive(command),
      isBusy: () => current.isBusy,
      end: () => {
        current.end()
        if (session !== current) return
        training?.detach()
        session = undefined
        drain.serve(undefined)
      },
    }
  }

  try {
    log.info('node.ready', { models: engine.models.map(({ id }) => id).join(',') })
    await linkWithCredential(options, { engine, sandboxes, offered, training, onWelcome }, signal)
  } catch (thrown) {
    // What an abort interrupts may throw; being stopped is no failure.
    if (!signal.aborted) throw thrown
  } finally {
    await Promise.all([training?.close(), tasks?.close(), errands?.close()])
    await engine.close()
  }
}

interface Serving {
  engine: Engine
  sandboxes: Sandboxes | undefined
  offered: () => ModelHolding[]
  training: NodeTraining | undefined
  onWelcome: (outbox: Outbox, helloModels: string, welcome: Welcome) => LinkHandler
}

async function linkWithCredential(
  options: NodeOptions,
  { engine, sandboxes, offered, training, onWelcome }: Serving,
  signal: AbortSignal,
): Promise<void> {
  const { edge, credential, name, region, version, hardware, log } = options
  const { welcomeTimeoutMs, random, wait } = options
  let helloModels = ''
  const link = (secret: string) =>
    keepLinked(
      {
        edge,
        credential: secret,
        hello: () => {
          const models = offered()
          helloModels = JSON.stringify(models)
          return {
            name,
            version,
            hardware,
            models,
            ...(engine.withdraw && { fetchesAdapters: true }),
            ...(region !== undefined && { region }),
            ...(training && { training: training.offer }),
            ...(sandboxes && { tasks: sandboxes.tasks.offer, errands: sandboxes.errands.offer }),
          }
        },
        onWelcome: (outbox, welcome) => onWelcome(outbox, helloModels, welcome),
        log,
        welcomeTimeoutMs,
        random,
        wait,
      },
      signal,
    )
  if (typeof credential === 'string') return link(credential)
  try {
    await link(await credential.get(signal))
  } catch (thrown) {
    const isRefused = thrown instanceof LinkStopped && thrown.reason === 'unauthenticated'
    const renewed = isRefused ? await credential.renew(signal) : undefined
    if (renewed === undefined) throw thrown
    await link(renewed)
  }
}
