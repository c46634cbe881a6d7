import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Engine, EngineCommand, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { LinkHandler } from '../../../gpu-node/link/connection.ts'
import { keepLinked } from '../../../gpu-node/link/reconnect.ts'
import { Session } from '../../../gpu-node/link/session.ts'
import { createLogger } from '../../../shared/log.ts'
import {
  CloseCode,
  EdgeCommand,
  MAX_CLOSE_REASON_BYTES,
  MAX_COMMAND_LENGTH,
  type NodeEvent,
} from '../../../shared/wire.ts'
import { badCommands, garbage, goodCommands, nodeHello } from '../../support/frames.ts'
import { bentFrames, PLACEHOLDER, strangeFrames, tornFrames } from '../../support/malformed.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { endOf, startOf } from '../fake-engine.ts'
import { FakeEdge, type FakeLink } from './fake-edge.ts'

const FRAMES = timesOf(1_000, 10_000)
/** Nodes that one edge talks nonsense to at the same time. */
const NODES = 4
/** A frame in so many comes before the welcome. */
const UNWELCOME_EVERY = 5

/** Calls that run for as long as their link. */
const RUNNING = 'cafe0000-1'
/** Calls that end as soon as they start. */
const PROBE = 'feedface'

const [, start = {}] = goodCommands.find(([name]) => name === 'generation.start') ?? []
const request = {
  ...('request' in start && typeof start.request === 'object' ? start.request : {}),
  format: { schema: { type: 'object', properties: { a: { type: 'integer' } } } },
  tools: {
    definitions: [{ name: 'f', description: 'F.', parameters: { type: 'object' }, strict: true }],
    choice: { name: 'f' },
    parallel: false,
  },
  logitBias: [[1, -100]],
  logprobs: 3,
  resume: [1, 2, 3],
}

/** Frames that are good after the welcome, … */
const goodSeeds = [
  ...goodCommands.filter(([name]) => name !== 'welcome').map(([, frame]) => frame),
  { ...start, request },
  { type: 'drain', limitMs: 30_000 },
]
/** … and all that nonsense may begin with. */
const seeds = [...goodSeeds, ...[...goodCommands, ...badCommands].map(([, frame]) => frame)]

/** Fields whose values are a closed list, or an id that is put in later. */
const KEYWORDS = new Set(['type', 'kind', 'role', 'callId', 'format'])

const padded = (length: number) => `${'{"type":"call.cancel","callId":"x","pad":"'.padEnd(length - 2, 'x')}"}`

const frames: fc.Arbitrary<string | Buffer> = fc.oneof(
  { weight: 1_000, arbitrary: strangeFrames(goodSeeds, KEYWORDS) },
  { weight: 160, arbitrary: bentFrames(seeds) },
  { weight: 60, arbitrary: tornFrames(seeds) },
  { weight: 20, arbitrary: fc.json() },
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 20, arbitrary: fc.constantFrom(...garbage.map(([, text]) => text)) },
  { weight: 20, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }).map((over) => padded(MAX_COMMAND_LENGTH + over)) },
)

const TYPES = new Set<unknown>(EdgeCommand.options.map(({ shape }) => shape.type.value))

function typeOf(frame: string | Buffer): unknown {
  if (typeof frame !== 'string' || frame.length > MAX_COMMAND_LENGTH) return undefined
  try {
    const value: unknown = JSON.parse(frame)
    return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  } catch {
    return undefined
  }
}

const show = (frame: string | Buffer) => JSON.stringify(frame.toString().slice(0, 400))

/** An engine that checks what it is asked to do: the door before it must have let nothing else through. */
class StrictEngine implements Engine {
  readonly models = []
  readonly faults: string[] = []
  readonly running = new Set<string>()
  started = 0
  emit: (event: EngineEvent) => void = () => {}

  send(command: EngineCommand): void {
    const { success } = EdgeCommand.safeParse(command)
    const { type, callId } = command
    const isRunning = this.running.has(callId)
    if (!success || (type === 'call.cancel') !== isRunning) this.faults.push(JSON.stringify(command))
    if (type === 'call.cancel') {
      this.running.delete(callId)
      this.emit({ ...endOf(callId), finishReason: 'cancelled' })
      return
    }
    this.started += 1
    this.running.add(callId)
    if (!callId.startsWith(PROBE)) return
    this.running.delete(callId)
    this.emit(endOf(callId))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** The node's own link, with an engine that checks, which dials again without waiting. */
function startNode(edge: string) {
  const engine = new StrictEngine()
  const abort = new AbortController()
  let session: Session | undefined
  engine.emit = (event) => session?.deliver(event)
  const drains: number[] = []
  const done = keepLinked(
    {
      edge,
      credential: 'a-credential',
      hello: nodeHello,
      log: createLogger(() => {}),
      wait: () => Promise.resolve(),
      onWelcome: (outbox): LinkHandler => {
        const current = new Session({
          engine,
          outbox,
          onDrain: (limitMs) => drains.push(limitMs),
          onDrained: () => {},
        })
        session = current
        return {
          receive: (command) => current.receive(command),
          isBusy: () => current.isBusy,
          end: () => {
            if (session === current) session = undefined
            current.end()
          },
        }
      },
    },
    abort.signal,
  )
  const stop = () => {
    abort.abort()
    return done
  }
  return { engine, drains, stop }
}

/** An edge that talks nonsense to one node. */
class Vandal {
  readonly reasons = new Set<string>()
  closings = 0
  readonly #edge: FakeEdge
  #link: FakeLink | undefined
  /** The link was welcomed with nonsense, perhaps in a great hurry. */
  #isHurried = false
  #probes = 0

  constructor(edge: FakeEdge) {
    this.#edge = edge
  }

  /** Sends a frame, and checks that the node took or dropped it, or has closed the link as a bad frame must. */
  async send(frame: string | Buffer, turn: number): Promise<void> {
    const link = this.#link ?? (await this.#accept(turn % UNWELCOME_EVERY > 0))
    const id = [PLACEHOLDER, RUNNING, `e-${turn}`][turn % 3] ?? PLACEHOLDER
    link.sendRaw(typeof frame === 'string' ? frame.replaceAll(PLACEHOLDER, id) : frame)
    const type = typeOf(frame)
    const end = await Promise.race([link.closed(), this.#probe(link)])
    if (type === 'welcome') this.#isHurried = true
    if (end === 'answered') {
      expect(TYPES, `the link stayed open after ${show(frame)}`).toContain(type)
      return
    }
    this.#link = undefined
    this.closings += 1
    // A welcome that allows no silence at all is obeyed.
    if (this.#isHurried && end.code === 1006) return
    expect(end.code, show(frame)).toBe(CloseCode.badFrame)
    expect(end.reason, show(frame)).not.toBe('')
    expect(Buffer.byteLength(end.reason)).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES)
    this.reasons.add(end.reason.replace(/\d+|'.*'/g, '…'))
  }

  /** A start whose answer is known, behind whatever the node still says of others. */
  async #probe(link: FakeLink): Promise<'answered'> {
    this.#probes += 1
    const callId = `${PROBE}-${this.#probes}`
    link.send(startOf(callId))
    for (;;) {
      const event = await link.next()
      if (event.type === 'call.end' && event.callId === callId) return 'answered'
    }
  }

  async #accept(welcomes: boolean): Promise<FakeLink> {
    const link = await this.#edge.nextLink()
    this.#link = link
    this.#isHurried = false
    if (!welcomes) return link
    await link.welcome()
    link.send(startOf(RUNNING))
    return link
  }

  /** The node has come back, and serves. */
  async expectServing(): Promise<void> {
    const link = this.#link ?? (await this.#accept(true))
    link.send(startOf(`${PROBE}-last`))
    const events: NodeEvent[] = []
    do events.push(await link.next())
    while (events.at(-1)?.type !== 'call.end')
    expect(events.at(-1)).toEqual(endOf(`${PROBE}-last`))
  }
}

describe(`${FRAMES} malformed frames from the edge (seed ${SEED})`, () => {
  it('are each dropped, or close the link with 4400 and a reason; the engine sees only what it may be asked', {
    timeout: 120_000,
  }, async () => {
    const edges = await Promise.all(Array.from({ length: NODES }, () => FakeEdge.start()))
    const nodes = edges.map((edge) => startNode(edge.origin))
    const vandals = edges.map((edge) => new Vandal(edge))
    try {
      const storm = fc.sample(frames, { seed: SEED, numRuns: FRAMES }).entries()
      await Promise.all(
        vandals.map(async (vandal) => {
          // All take from the same iterator: each frame is sent once.
          for (const [turn, frame] of storm) await vandal.send(frame, turn)
        }),
      )
      const closings = vandals.reduce((sum, vandal) => sum + vandal.closings, 0)
      expect(closings).toBeGreaterThan(FRAMES / 5)
      expect(closings).toBeLessThan((FRAMES * 9) / 10)
      expect(new Set(vandals.flatMap(({ reasons }) => [...reasons])).size).toBeGreaterThan(20)
      for (const vandal of vandals) await vandal.expectServing()
      expect(nodes.flatMap(({ engine }) => engine.faults)).toEqual([])
      expect(nodes.every(({ engine }) => engine.started > FRAMES / NODES / 10)).toBe(true)
      expect(nodes.flatMap(({ drains }) => drains).length).toBeGreaterThan(0)
    } finally {
      for (const { stop } of nodes) await stop()
      for (const edge of edges) await edge.close()
    }
    // Nothing goes on for an edge that is gone.
    expect(nodes.flatMap(({ engine }) => [...engine.running])).toEqual([])
  })
})
