import { readdirSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { MIB } from '../../shared/units.ts'
import { createVocabulary } from '../engine/native/vocabulary.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import { giveBackFreedMemory } from './ggml/allocator.ts'
import { libraryFolder } from './ggml/folder.ts'
import { type Ggml, loadGgml } from './ggml/library.ts'
import { ShortOfMemory } from './ggml/memory.ts'
import { type Refusal, type ToTrainer, type TrainerEvent, TrainerJob, TrainerPlan } from './messages.ts'
import { Untrainable, UntrainableWish } from './model/metadata.ts'
import { reckon } from './opening.ts'
import { BadRow } from './samples/samples.ts'
import { Session } from './session.ts'
import { BadCheckpoint } from './training/checkpoint.ts'
import { Diverged } from './training/run.ts'
import { OutOfMemory } from './training/thrift.ts'

// The process that runs one training job. Native code may abort here without taking the node with it. It knows its parent
// only through IPC: without one, or when the parent is gone, it has nothing to do and exits.

/** A sign of life, while a step takes long. */
const ALIVE_MS = 1_000

/** Serving comes first: whatever else computes on this machine does so before training. */
const NICENESS = 15
/** …and where a machine has no memory left, this process is the one that its system ends. */
const FIRST_TO_END = '900'

let session: Session | undefined
/** Told before there is a session, it holds that from its beginning. */
let isHeld = false

const tell = (event: TrainerEvent): void => {
  if (process.connected) process.send?.(event)
}

/** On Linux each thread has its own; those that are made later take that of whoever makes them. */
function stepBack(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]
  for (const thread of threads) {
    try {
      setPriority(thread, NICENESS)
    } catch {
      // it has just ended, or this system does not let us
    }
  }
  try {
    if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', FIRST_TO_END)
  } catch {
    // a container may not let us
  }
}

/** Does the one thing that this process is for, and ends it. */
async function work(does: () => Promise<void>): Promise<void> {
  stepBack()
  const tellAlive = () => tell({ type: 'alive', rssMiB: Math.round(process.memoryUsage.rss() / MIB) })
  tellAlive()
  setInterval(tellAlive, ALIVE_MS)
  try {
    await does()
  } catch (thrown) {
    tell(failureOf(thrown))
  }
  // Messages keep their order: when this one is written, all are.
  process.send?.({ type: 'alive', rssMiB: 0 } satisfies TrainerEvent, () => process.exit(0))
}

async function train(given: unknown): Promise<void> {
  const job = TrainerJob.parse(given)
  const ggml = await openGgml(job)
  session = new Session({ ggml, job, vocabulary: await readVocabulary(job.modelPath), tell })
  if (isHeld) session.hold()
  await session.run()
}

async function estimate(given: unknown): Promise<void> {
  const plan = TrainerPlan.parse(given)
  tell({ type: 'estimated', ...(await reckon(await openGgml(plan), plan)) })
}

async function openGgml({ build }: TrainerPlan): Promise<Ggml> {
  giveBackFreedMemory()
  const folder = await libraryFolder(build)
  if (folder === undefined) throw new Error(`The libraries for "${build}" are not installed.`)
  return loadGgml(folder)
}

/** The words of a model, without its weights: they are ggml's, in this process. */
async function readVocabulary(modelPath: string): Promise<Vocabulary> {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  return createVocabulary(await llama.loadModel({ modelPath, vocabOnly: true }))
}

type Failure = Extract<TrainerEvent, { type: 'failed' }>

function failureOf(thrown: unknown): Failure {
  const refusal = refusalOf(thrown)
  const code = codeOf(thrown)
  const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC'
  let message = thrown instanceof Error ? thrown.message : String(thrown)
  if (code === 'internal') {
    console.error(thrown) // for the log of the node: it may name paths
    message = isFull
      ? 'The disk of the node that trained is full.'
      : 'The process that trained could not go on.'
  }
  return { type: 'failed', code, message, ...(refusal && { refusal }) }
}

function codeOf(thrown: unknown): Failure['code'] {
  if (thrown instanceof BadRow) return 'invalid_rows'
  if (thrown instanceof Untrainable || thrown instanceof UntrainableWish || thrown instanceof BadCheckpoint)
    return 'untrainable'
  if (thrown instanceof Diverged) return 'diverged'
  const isShort = thrown instanceof OutOfMemory || thrown instanceof ShortOfMemory
  return isShort ? 'out_of_memory' : 'internal'
}

function refusalOf(thrown: unknown): Refusal | undefined {
  if (thrown instanceof Untrainable) return { requirement: thrown.requirement }
  if (thrown instanceof ShortOfMemory) return { requirement: 'memory' }
  if (!(thrown instanceof OutOfMemory)) return undefined
  const { neededMiB, availableMiB } = thrown
  return { requirement: 'memory', neededMiB, availableMiB }
}

function handle(message: ToTrainer): void {
  switch (message.type) {
    case 'begin':
      void work(() => train(message.job))
      break
    case 'estimate':
      void work(() => estimate(message.plan))
      break
    case 'hold':
      isHeld = true
      session?.hold()
      break
    case 'release':
      isHeld = false
      session?.release()
      break
    case 'stop':
      // Before there is a session nothing is learned that could be lost.
      if (session === undefined) process.exit(0)
      else session.stop(message.keeps)
      break
    default:
      message satisfies never
  }
}

process.on('message', (message) => handle(message as ToTrainer)) // only our parent writes to this channel
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => session?.stop(true))
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal; the parent decides when we stop
if (!process.connected) process.exit(1)
