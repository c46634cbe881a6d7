import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { BYTES_PATH, fileHashOf, type StoredFile, type TrainingReport } from '../../../../shared/training.ts'
import type { Precision } from '../../../../shared/training-offer.ts'
import type { EdgeCommand } from '../../../../shared/wire.ts'
import { configOf } from '../../../../worker/env.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { modelHolding } from '../../../support/frames.ts'
import type { TestNode, World } from '../../world.ts'
import { adapterFile } from './adapter-file.ts'

export const services = createServices(env, configOf(env))

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  hexOf(await crypto.subtle.digest('SHA-256', bytes))

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new TextEncoder().encode(text))

type Command<Type extends EdgeCommand['type']> = Extract<EdgeCommand, { type: Type }>

/** The peculiarities of a checkpoint. */
interface Saved {
  adapter?: Uint8Array<ArrayBuffer>
  figures?: { loss: number; accuracy: number }
}

/** A node that trains, in a test's hands: it speaks the real protocol, and its bytes go by the real addresses. */
export class FakeTrainer {
  readonly node: TestNode
  jobId = ''
  attempt = 0
  seq = 0
  #requests = 0

  constructor(node: TestNode) {
    this.node = node
  }

  get id(): string {
    return this.node.id
  }

  /** The next job that it is given. */
  async start(): Promise<Command<'train.start'>> {
    const start = await this.node.next('train.start')
    this.take(start)
    return start
  }

  take({ jobId, attempt }: { jobId: string; attempt: number }): void {
    this.jobId = jobId
    this.attempt = attempt
    this.seq = 0
  }

  /** Says something of its job. */
  tell(report: TrainingReport): number {
    this.seq += 1
    const { jobId, attempt, seq } = this
    this.node.send({ type: 'train.report', jobId, attempt, seq, report })
    return seq
  }

  /** The same, and waits until it is written down. */
  async say(report: TrainingReport): Promise<void> {
    const seq = this.tell(report)
    for (;;) {
      const ack = await this.node.next('train.ack')
      if (ack.jobId === this.jobId && ack.seq >= seq) return
    }
  }

  async sign(wish: object): Promise<Command<'train.signed'>> {
    this.#requests += 1
    const requestId = `r${this.#requests}`
    const { jobId, attempt } = this
    this.node.sendRaw(JSON.stringify({ type: 'train.sign', jobId, attempt, requestId, wish }))
    for (;;) {
      const signed = await this.node.next('train.signed')
      if (signed.requestId === requestId) return signed
    }
  }

  /** The text of an input. */
  async fetchText(name: string, file: StoredFile): Promise<string> {
    const { tokens } = await this.sign({
      method: 'GET',
      file: name,
      parts: file.parts.map((_, part) => part),
    })
    const texts = await Promise.all(
      tokens.map(async (token) => new TextDecoder().decode(await (await fetchBytes(token)).arrayBuffer())),
    )
    return texts.join('')
  }

  /** Stores a file, each piece as a part. */
  async store(name: string, ...pieces: Uint8Array<ArrayBuffer>[]): Promise<StoredFile> {
    const file = await describeFile(pieces)
    const parts = file.parts.map((part, index) => ({ part: index, ...part }))
    const { tokens, message } = await this.sign({ method: 'PUT', file: name, parts })
    if (tokens.length < pieces.length) throw new Error(message ?? 'not signed')
    for (const [index, token] of tokens.entries()) {
      const response = await putBytes(token, pieces[index] ?? new Uint8Array())
      if (response.status !== 204) throw new Error(`not stored: ${response.status} ${await response.text()}`)
    }
    return file
  }

  /** A checkpoint, stored and told of. */
  async save(step: number, { adapter: bytes = adapterFile(), figures }: Saved = {}): Promise<void> {
    const state = await this.store(`state-${step}`, bytesOf(`state of ${step}`))
    const adapter = await this.store(`adapter-${step}`, bytes)
    const told = { step, trainedTokens: step * 100, ...(figures && { figures }) }
    await this.say({ kind: 'checkpoint', ...told, state, adapter, best: null })
  }

  async begin(step = 0): Promise<void> {
    await this.say({
      kind: 'started',
      settings: { rank: 16, learningRate: 1e-3 },
      counts: { samples: 2, tooLong: 0, truncated: 0, empty: 0, lossTokens: 20 },
      validationSamples: 0,
      totalSteps: 100,
      step,
      memoryMiB: 100,
    })
  }

  progress(step: number, loss = 1): TrainingReport {
    return {
      kind: 'progress',
      step,
      totalSteps: 100,
      epoch: step / 50,
      loss,
      learningRate: 1e-3,
      gradientNorm: 1,
      accuracy: 0.5,
      trainedTokens: step * 100,
      tokensPerSecond: 10,
      etaSeconds: 100 - step,
    }
  }
}

export async function describeFile(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<StoredFile> {
  const parts = await Promise.all(
    pieces.map(async (piece) => ({ bytes: piece.byteLength, sha256: await sha256(piece) })),
  )
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  return { bytes, sha256: await fileHashOf(parts, sha256), parts }
}

export const fetchBytes = (token: string): Promise<Response> =>
  SELF.fetch(`http://localhost${BYTES_PATH}/${token}`)
export const putBytes = (token: string, body: Uint8Array<ArrayBuffer>): Promise<Response> =>
  SELF.fetch(`http://localhost${BYTES_PATH}/${token}`, { method: 'PUT', body })

export const offer = (over: object = {}) => ({
  slots: 1,
  architectures: ['llama'],
  memoryMiB: null,
  running: [],
  ...over,
})

/** A model for whose first layer `adapterFile` makes an adapter. */
const trainableHolding = (id: string, precision: Precision, layers: number) =>
  modelHolding({
    ...{ id, precision, architecture: 'llama', sizeBytes: 256 },
    shape: { layers, matrices: [{ name: 'attn_q', inputs: 8, outputs: 8 }] },
  })

/** A node with a model of its own, of one layer unless told otherwise, that trains it. */
export async function addTrainer(
  world: World,
  model: string,
  {
    precision = 'f16',
    layers = 1,
    ...over
  }: { precision?: Precision; layers?: number; [field: string]: unknown } = {},
): Promise<FakeTrainer> {
  const node = await world.addNode({
    models: [trainableHolding(model, precision, layers)],
    training: offer(over),
    fetchesAdapters: true,
  })
  return new FakeTrainer(node)
}
