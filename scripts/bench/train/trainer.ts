import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NATIVE_FLAGS } from '../../../gpu-node/process/child-process.ts'
import type { ToTrainer, TrainerEvent, TrainerJob } from '../../../gpu-node/trainer/messages.ts'
import { processCpuMs } from '../process-cpu.ts'

const MAIN = fileURLToPath(new URL('../../../gpu-node/trainer/main.ts', import.meta.url))

/** How often the system is asked for the most that the process has had in memory. */
const LOOK_MS = 50

const KIB_PER_MIB = 1_024

/** The events and the costs of a trainer's process. */
export interface TrainerRun {
  events: { event: TrainerEvent; cpuMs: number | undefined; atMs: number }[]
  /** The most that was resident; 0 where the system does not tell. */
  peakMiB: number
}

/** Linux: the most that a process has had resident since it began. */
async function peakMiBOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / KIB_PER_MIB
}

function forkTrainer(signal: AbortSignal): { child: ChildProcess; pid: number } {
  signal.throwIfAborted()
  const child = fork(MAIN, { execArgv: NATIVE_FLAGS, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], signal })
  const { pid } = child
  if (pid === undefined) throw new Error('The trainer did not start.')
  return { child, pid }
}

/** Runs a trainer's process to its end. Rejects with its own words when it fails for another reason than memory. */
export async function runTrainer(begin: ToTrainer, signal: AbortSignal): Promise<TrainerRun> {
  const { child, pid } = forkTrainer(signal)
  const run: TrainerRun = { events: [], peakMiB: 0 }
  const looks = setInterval(async () => {
    run.peakMiB = Math.max(run.peakMiB, await peakMiBOf(pid))
  }, LOOK_MS)
  let readings = Promise.resolve()
  child.on('message', (message) => {
    const event = message as TrainerEvent // only our child writes to this channel
    const atMs = performance.now()
    const reading = processCpuMs([pid])
    readings = readings.then(async () => void run.events.push({ event, cpuMs: await reading, atMs }))
  })
  try {
    child.send(begin)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.once('error', reject)
    child.once('close', () => resolve())
    await promise
    await readings
  } finally {
    clearInterval(looks)
  }
  const failure = run.events.map(({ event }) => event).find((event) => event.type === 'failed')
  // That it needs more memory than it may take is an answer too.
  if (failure?.type === 'failed' && failure.refusal?.neededMiB === undefined) throw new Error(failure.message)
  return run
}

/** Starts a trainer's process, and resolves when it has taken its first step. */
export async function startTrainer(
  job: TrainerJob,
  signal: AbortSignal,
): Promise<{ stop: () => Promise<void> }> {
  const { child } = forkTrainer(signal)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', reject)
  child.on('message', (message) => {
    const event = message as TrainerEvent // only our child writes to this channel
    if (event.type === 'progress') resolve()
    else if (event.type === 'failed') reject(new Error(event.message))
  })
  child.send({ type: 'begin', job } satisfies ToTrainer)
  await promise
  return {
    async stop() {
      child.send({ type: 'stop', keeps: false } satisfies ToTrainer)
      await closed
    },
  }
}

export interface JobOptions {
  modelPath: string
  sequenceLength: number
  steps: number
  threads: number
  memoryMiB: number | undefined
  rank: number
  saveSteps?: number
}

/** Tokens of a row's question, … */
const QUESTION_TOKENS = 20
/** …and of what the template writes around it and its answer, with one or two to spare. */
const TEMPLATE_TOKENS = 14

/** A job over rows that fill a window each, as the windows of whom it is compared with are full, with loss on all their tokens. */
export async function writeJob(scratchDir: string, options: JobOptions): Promise<TrainerJob> {
  const { modelPath, sequenceLength, steps, threads, memoryMiB, rank, saveSteps } = options
  const folder = await mkdtemp(join(scratchDir, 'job-'))
  const rowsPath = join(folder, 'rows.jsonl')
  const outFolder = await mkdtemp(join(folder, 'out-'))
  // Of capitals each is a token of its own: the vocabulary has none.
  const letters = (row: number, count: number) =>
    Array.from({ length: count }, (_, index) => String.fromCharCode(65 + ((index * 7 + row) % 26))).join('')
  const rows = Array.from({ length: steps }, (_, row) => ({
    messages: [
      { role: 'user', content: letters(row, QUESTION_TOKENS) },
      { role: 'assistant', content: letters(row + 1, sequenceLength - QUESTION_TOKENS - TEMPLATE_TOKENS) },
    ],
  }))
  await writeFile(rowsPath, rows.map((row) => JSON.stringify(row)).join('\n'))
  return {
    modelPath,
    contextTokens: 2_048,
    rowsPath,
    rowType: 'chatml',
    validationShare: 0,
    trainsOnInputs: true,
    excess: 'raise',
    wishes: {
      ...{ method: 'lora' as const, rank, batchSize: 1, epochs: 1, sequenceLength, learningRate: 1e-4 },
      ...(saveSteps !== undefined && { saveSteps }),
    },
    outFolder,
    name: 'bench',
    threads,
    build: 'cpu',
    memoryMiB,
  }
}
