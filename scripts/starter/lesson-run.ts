import { fork } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { NATIVE_FLAGS } from '../../gpu-node/process/child-process.ts'
import type { Factors } from '../../gpu-node/trainer/graph/sheet.ts'
import type { ToTrainer, TrainerEvent, TrainerJob } from '../../gpu-node/trainer/messages.ts'
import { linesOf } from './corpus.ts'
import { CONTEXT_TOKENS } from './model.ts'
import type { Lesson } from './recipe.ts'

const TRAINER = fileURLToPath(new URL('../../gpu-node/trainer/main.ts', import.meta.url))

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * Rounded factors take half as long where the processor multiplies them itself and ggml lets it, as this flag tells; where it
 * does not they take longer than others, for each is widened again: 1,420 tokens a second against 1,530 to 1,620 with AVX2.
 */
export const multipliesRounded = (processor: string): boolean => /\bavx512_bf16\b/.test(processor)

async function fastestFactors(): Promise<Factors> {
  const processor = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  return multipliesRounded(processor) ? 'BF16' : 'F32'
}

/** For graphs of windows, which have 32 lengths in the last lessons: all of those take 16 GiB. */
const GRAPHS_MIB = 4_096

export interface LessonOptions {
  lesson: Lesson
  /** Where everything of this lesson lies. What is there already is not done again. */
  folder: string
  /** The model that learns. */
  basePath: string
  /** Talks are read side by side in so many lanes of one thread each. */
  lanes: number
  tell: (line: string) => void
}

/** Learns one lesson, from where an earlier try was stopped. Resolves with the path of the model that has learned it. */
export async function learn({ lesson, folder, basePath, lanes, tell }: LessonOptions): Promise<string> {
  const modelPath = join(folder, 'model.gguf')
  if (await isThere(modelPath)) return modelPath
  const outFolder = join(folder, 'out')
  await mkdir(outFolder, { recursive: true })
  const rowsPath = await writeRows(lesson, folder)
  const checkpointPath = await latestState(outFolder)
  const job: TrainerJob = {
    ...{ modelPath: basePath, contextTokens: CONTEXT_TOKENS, rowsPath, rowType: 'row', validationShare: 0 },
    ...{
      trainsOnInputs: false,
      excess: 'drop',
      outFolder,
      name: 'starter',
      threads: 1,
      lanes,
      build: 'cpu',
      graphsMiB: GRAPHS_MIB,
      factors: await fastestFactors(),
    },
    wishes: lesson.wishes,
    ...(checkpointPath !== undefined && { checkpointPath }),
  }
  const result = await runTrainer(job, tell)
  await copyFile(result, `${modelPath}.part`)
  await rename(`${modelPath}.part`, modelPath)
  await rm(outFolder, { recursive: true })
  return modelPath
}

async function writeRows({ stage, seed }: Lesson, folder: string): Promise<string> {
  const path = join(folder, 'rows.jsonl')
  if (await isThere(path)) return path
  const lines = linesOf(stage, seed)
  const ended = (function* () {
    for (const line of lines) yield `${line}\n`
  })()
  await pipeline(Readable.from(ended), createWriteStream(`${path}.part`))
  await rename(`${path}.part`, path)
  return path
}

const stepOf = (name: string): number => Number(/^state-(\d+)\.checkpoint$/.exec(name)?.[1] ?? Number.NaN)

/** The last state that a trainer kept. Those before it are removed. */
export async function latestState(folder: string): Promise<string | undefined> {
  const states = (await readdir(folder)).filter((name) => !Number.isNaN(stepOf(name)))
  const [latest, ...older] = states.toSorted((a, b) => stepOf(b) - stepOf(a))
  for (const name of older) await rm(join(folder, name))
  return latest === undefined ? undefined : join(folder, latest)
}

/** Steps between two lines of the log. */
const TOLD_STEPS = 50

/** Runs the product's trainer in a process of its own. Resolves with the path of what it made; rejects with its own words. */
async function runTrainer(job: TrainerJob, tell: LessonOptions['tell']): Promise<string> {
  const child = fork(TRAINER, { execArgv: NATIVE_FLAGS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let told = 0
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`The trainer ended with ${code}.`)))
  child.on('message', (message) => {
    const event = message as TrainerEvent // only our child writes to this channel
    if (event.type === 'progress' && event.step >= told + TOLD_STEPS) {
      told = event.step
      tell(lineOf(event))
    } else if (event.type === 'checkpoint') void latestState(job.outFolder)
    else if (event.type === 'warning') tell(event.message)
    else if (event.type === 'started')
      tell(`${event.totalSteps} steps, ${event.counts.samples} talks, ${event.memoryMiB} MiB`)
    else if (event.type === 'failed') reject(new Error(event.message))
    else if (event.type === 'completed') resolve(event.adapter.path)
  })
  child.send({ type: 'begin', job } satisfies ToTrainer)
  return promise
}

function lineOf(event: Extract<TrainerEvent, { type: 'progress' }>): string {
  const { step, totalSteps, loss, accuracy, learningRate, trainedTokens, tokensPerSecond, etaSeconds } = event
  const parts = [
    `step ${step} of ${totalSteps}`,
    `loss ${loss.toFixed(4)}`,
    `${(accuracy * 100).toFixed(1)} % of tokens`,
    `rate ${learningRate.toExponential(1)}`,
    `${(trainedTokens / 1e6).toFixed(2)} million tokens`,
    ...(tokensPerSecond === null ? [] : [`${Math.round(tokensPerSecond)} a second`]),
    ...(etaSeconds === null ? [] : [`${Math.ceil(etaSeconds / 60)} minutes left`]),
  ]
  return parts.join(', ')
}
