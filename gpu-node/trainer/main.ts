import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { createVocabulary } from '../engine/native/vocabulary.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import { libraryFolder } from './ggml/folder.ts'
import { loadGgml } from './ggml/library.ts'
import { type ToTrainer, type TrainerEvent, TrainerJob } from './messages.ts'
import { Untrainable } from './model/metadata.ts'
import { BadRow } from './samples/samples.ts'
import { Session } from './session.ts'
import { BadCheckpoint } from './training/checkpoint.ts'
import { Diverged } from './training/run.ts'
import { OutOfMemory } from './training/trainer.ts'

// The process that runs one training job. Native code may abort here without taking the node with it. It knows its parent
// only through IPC: without one, or when the parent is gone, it has nothing to do and exits.

/** A sign of life, while a step takes long. */
const ALIVE_MS = 1_000

let session: Session | undefined

const tell = (event: TrainerEvent): void => {
  if (process.connected) process.send?.(event)
}

async function begin(given: unknown): Promise<void> {
  setInterval(() => tell({ type: 'alive' }), ALIVE_MS)
  try {
    const job = TrainerJob.parse(given)
    const folder = await libraryFolder(job.build)
    if (folder === undefined) throw new Untrainable(`The libraries for "${job.build}" are not installed.`)
    const vocabulary = await readVocabulary(job.modelPath)
    session = new Session({ ggml: loadGgml(folder), job, vocabulary, tell })
    await session.run()
  } catch (thrown) {
    tell({
      type: 'failed',
      code: codeOf(thrown),
      message: thrown instanceof Error ? thrown.message : String(thrown),
    })
  }
  // Messages keep their order: when this one is written, all are.
  process.send?.({ type: 'alive' } satisfies TrainerEvent, () => process.exit(0))
}

/** The words of a model, without its weights: they are ggml's, in this process. */
async function readVocabulary(modelPath: string): Promise<Vocabulary> {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  return createVocabulary(await llama.loadModel({ modelPath, vocabOnly: true }))
}

function codeOf(thrown: unknown): Extract<TrainerEvent, { type: 'failed' }>['code'] {
  if (thrown instanceof BadRow) return 'invalid_rows'
  if (thrown instanceof Untrainable || thrown instanceof BadCheckpoint) return 'untrainable'
  if (thrown instanceof Diverged) return 'diverged'
  return thrown instanceof OutOfMemory ? 'out_of_memory' : 'internal'
}

function handle(message: ToTrainer): void {
  switch (message.type) {
    case 'begin':
      void begin(message.job)
      break
    case 'hold':
      session?.hold()
      break
    case 'release':
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
