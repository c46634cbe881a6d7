import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Guest } from '../../../gpu-node/engine/residency/guests.ts'
import type { TrainingEvent } from '../../../gpu-node/training/job-link.ts'
import { TrainingJobs, type TrainingJobsOptions } from '../../../gpu-node/training/jobs.ts'
import { createLogger } from '../../../shared/log.ts'
import type { ModelHolding } from '../../../shared/node.ts'
import {
  type InputName,
  LAST_REPORTS,
  type StoredFile,
  TrainingOrder,
  type TrainingReport,
} from '../../../shared/training.ts'
import type { TrainingRow } from '../../../shared/training-rows.ts'
import { NodeEvent } from '../../../shared/wire.ts'
import { TINY_MODEL } from '../../support/tiny-model.ts'
import { ByteServer } from './byte-server.ts'

export const HOLDING: ModelHolding = {
  id: 'starter',
  capabilities: ['generate', 'embed'],
  contextTokens: 512,
  slots: 2,
  sizeBytes: 2_700_000,
  architecture: 'llama',
  createdAt: 0,
  precision: 'f16',
}

type Report<Kind extends TrainingReport['kind']> = Extract<TrainingReport, { kind: Kind }>

/** Questions and answers. */
export const rowsOf = (count: number): TrainingRow[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'chat' as const,
    tools: [],
    turns: [
      { message: { role: 'user' as const, content: `What is number ${index}?` }, isLearned: false },
      { message: { role: 'assistant' as const, content: `It is ${index * 7}.` }, isLearned: true },
    ],
  }))

/** Memory that is lent, and nobody who needs it before the test says so. */
export class Spare {
  totalMiB = 4_000
  readonly guests = new Set<Guest>()

  get freeMiB(): number {
    return this.totalMiB - [...this.guests].reduce((sum, { takenMiB }) => sum + takenMiB, 0)
  }

  admit(guest: Guest): () => void {
    this.guests.add(guest)
    return () => this.guests.delete(guest)
  }
}

/** The jobs of a node, an edge that answers them by itself, and the bytes between them. */
export class TrainingWorld {
  readonly bytes: ByteServer
  readonly jobs: TrainingJobs
  readonly spare = new Spare()
  readonly stateDir: string
  readonly log: string[] = []
  /** Every frame, in order. */
  readonly frames: TrainingEvent[] = []
  /** The edge hears everything and answers nothing. */
  isSilent = false
  /** Whether reports are acknowledged. */
  acknowledges = true
  /** Answers to wishes for addresses, in place of the true ones. */
  signRefusal: string | undefined
  #heard = Promise.withResolvers<void>()
  readonly #ownsStateDir: boolean

  private constructor(bytes: ByteServer, over: Partial<TrainingJobsOptions>) {
    this.bytes = bytes
    this.#ownsStateDir = over.stateDir === undefined
    this.stateDir = over.stateDir ?? mkdtempSync(join(tmpdir(), 'switchyard-jobs-'))
    this.jobs = new TrainingJobs({
      edge: bytes.origin,
      stateDir: this.stateDir,
      slots: 1,
      memoryMiB: undefined,
      threads: 1,
      build: 'cpu',
      modelOf: (id) => (id === HOLDING.id ? { path: TINY_MODEL, holding: HOLDING } : undefined),
      verify: () => Promise.resolve(),
      isServing: () => false,
      spare: this.spare,
      log: createLogger((line) => this.log.push(line)),
      wait: () => Promise.resolve(),
      ...over,
    })
    this.link()
  }

  static async start(over: Partial<TrainingJobsOptions> = {}): Promise<TrainingWorld> {
    return new TrainingWorld(await ByteServer.start(), over)
  }

  /** Opens a link. */
  link(): void {
    this.jobs.attach((event) => this.#receive(event))
  }

  async close(): Promise<void> {
    await this.jobs.close()
    await this.bytes.close()
    if (this.#ownsStateDir) rmSync(this.stateDir, { recursive: true, force: true })
  }

  async order(over: Partial<TrainingOrder> = {}, rows = rowsOf(6)): Promise<TrainingOrder> {
    const text = rows.map((row) => JSON.stringify(row)).join('\n')
    const train = await this.bytes.put('in/train', Buffer.from(text))
    return TrainingOrder.parse({
      model: 'starter',
      precisions: ['f32', 'f16', 'quantised'],
      name: 'starter:test',
      wishes: { method: 'lora', rank: 4, batchSize: 2, epochs: 4, sequenceLength: 64, learningRate: 2e-3 },
      trainsOnInputs: false,
      excess: 'drop',
      validationShare: 0,
      ...over,
      inputs: { train, ...over.inputs },
    })
  }

  async start(over: Partial<TrainingOrder> = {}, attempt = 1, rows = rowsOf(6)): Promise<void> {
    const order = await this.order(over, rows)
    this.jobs.receive({ type: 'train.start', jobId: 'j', attempt, order })
  }

  stop(keeps: boolean, attempt = 1): void {
    this.jobs.receive({ type: 'train.stop', jobId: 'j', attempt, keeps })
  }

  reports(attempt = 1): TrainingReport[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'train.report' && frame.attempt === attempt ? [frame.report] : [],
    )
  }

  /** The first report of a kind; waits for it, until the attempt has ended otherwise. */
  async report<Kind extends TrainingReport['kind']>(
    kind: Kind,
    attempt = 1,
    fits: (report: Report<Kind>) => boolean = () => true,
  ): Promise<Report<Kind>> {
    const isWanted = (report: TrainingReport): report is Report<Kind> =>
      report.kind === kind && fits(report as Report<Kind>)
    for (;;) {
      const found = this.reports(attempt).find(isWanted)
      if (found) return found
      const end = this.reports(attempt).find((report) => LAST_REPORTS.has(report.kind))
      if (end) throw new Error(`It ended without "${kind}": ${JSON.stringify(end)}`)
      await this.heard()
    }
  }

  /** Resolves with the next frame. */
  heard(): Promise<void> {
    return this.#heard.promise
  }

  /** A file that an attempt has stored. */
  stored(name: string, file: StoredFile, attempt = 1): Buffer {
    return this.bytes.read(`out/${attempt}/${name}`, file)
  }

  /** A file that an attempt has stored, as an input of another. */
  input(name: InputName, output: string, file: StoredFile, attempt: number): Promise<StoredFile> {
    return this.bytes.put(`in/${name}`, this.stored(output, file, attempt))
  }

  #receive(event: TrainingEvent): void {
    NodeEvent.parse(JSON.parse(JSON.stringify(event))) // or the edge would close the link
    this.frames.push(event)
    this.#heard.resolve()
    this.#heard = Promise.withResolvers()
    queueMicrotask(() => this.#answer(event))
  }

  #answer(event: TrainingEvent): void {
    if (event.type === 'train.estimated' || this.isSilent) return
    const { jobId, attempt } = event
    if (event.type === 'train.report') {
      if (this.acknowledges) this.jobs.receive({ type: 'train.ack', jobId, attempt, seq: event.seq })
      return
    }
    const { requestId, wish } = event
    const tokens =
      wish.method === 'GET'
        ? wish.parts.map((part) => this.bytes.sign('GET', `in/${wish.file}/${part}`))
        : wish.parts.map(({ part, bytes, sha256 }) =>
            this.bytes.sign('PUT', `out/${attempt}/${wish.file}/${part}`, bytes, sha256),
          )
    const refusal = this.signRefusal
    this.jobs.receive({
      type: 'train.signed',
      jobId,
      attempt,
      requestId,
      tokens: refusal === undefined ? tokens : [],
      ...(refusal !== undefined && { message: refusal }),
    })
  }
}
