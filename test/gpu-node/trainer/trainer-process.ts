import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NATIVE_FLAGS } from '../../../gpu-node/process/child-process.ts'
import type { ToTrainer, TrainerEvent, TrainerJob } from '../../../gpu-node/trainer/messages.ts'
import { scratchFile } from './training-world.ts'

const MAIN = fileURLToPath(new URL('../../../gpu-node/trainer/main.ts', import.meta.url))

/** A job over rows of questions and answers. */
export function jobOf(modelPath: string, over: Partial<TrainerJob> = {}, rows = 6): TrainerJob {
  const rowsPath = scratchFile('jsonl')
  const lines = Array.from({ length: rows }, (_, index) => ({
    messages: [
      { role: 'user', content: `What is ${index}?` },
      { role: 'assistant', content: `It is ${index * 7}.` },
    ],
  }))
  writeFileSync(rowsPath, lines.map((line) => JSON.stringify(line)).join('\n'))
  const outFolder = scratchFile('out')
  mkdirSync(outFolder)
  return {
    modelPath,
    contextTokens: 128,
    rowsPath,
    rowType: 'chatml',
    validationShare: 0,
    trainsOnInputs: false,
    excess: 'drop',
    wishes: { method: 'lora', rank: 4, learningRate: 2e-3, batchSize: 2, epochs: 4, sequenceLength: 128 },
    outFolder,
    name: 'test',
    threads: 1,
    build: 'cpu',
    ...over,
  }
}

/** A trainer's process and what it has told. */
export class RunningTrainer {
  readonly #process: ChildProcess
  readonly events: TrainerEvent[] = []
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  #heard = Promise.withResolvers<void>()

  constructor(job: TrainerJob, begin: ToTrainer = { type: 'begin', job }) {
    this.#process = fork(MAIN, { execArgv: NATIVE_FLAGS, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    this.exited = new Promise((resolve) =>
      this.#process.once('exit', (code, signal) => resolve({ code, signal })),
    )
    this.#process.on('message', (message) => {
      this.events.push(message as TrainerEvent) // only our child writes to this channel
      this.#heard.resolve()
      this.#heard = Promise.withResolvers()
    })
    this.send(begin)
  }

  send(message: ToTrainer): void {
    this.#process.send(message)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** The first event of a kind; waits for it. Rejects when the process ends without it. */
  async event<Type extends TrainerEvent['type']>(
    type: Type,
    fits: (event: Extract<TrainerEvent, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<TrainerEvent, { type: Type }>> {
    const isWanted = (event: TrainerEvent): event is Extract<TrainerEvent, { type: Type }> =>
      event.type === type && fits(event as Extract<TrainerEvent, { type: Type }>)
    let isOver = false
    const over = this.exited.then(() => {
      isOver = true
    })
    for (;;) {
      const found = this.events.find(isWanted)
      if (found !== undefined) return found
      if (isOver) throw new Error(`It ended without "${type}": ${JSON.stringify(this.events.slice(-2))}`)
      await Promise.race([this.#heard.promise, over])
    }
  }
}
