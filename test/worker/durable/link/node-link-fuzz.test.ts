import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DeltaEvent, EndEvent, FailureEvent, VectorsEvent } from '../../../../shared/generation.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import { CloseCode, MAX_CLOSE_REASON_BYTES, MAX_EVENT_LENGTH, NodeEvent } from '../../../../shared/wire.ts'
import { readEvents } from '../../../../worker/services/inference/event-lines.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { eventually } from '../../../support/eventually.ts'
import { badEvents, garbage, goodEvents, modelHolding, nodeHello } from '../../../support/frames.ts'
import { bentFrames, PLACEHOLDER, strangeFrames, tornFrames } from '../../../support/malformed.ts'
import { SEED, timesOf } from '../../../support/property-runs.ts'
import { eventsOf, firstTry, generationRequest, taken, uniqueModel, usage } from '../../samples.ts'
import { createWorld, TestNode, type World } from '../../world.ts'

const FRAMES = timesOf(500, 10_000)
/** Nodes that misbehave at the same time. */
const VANDALS = 8
/** A frame in so many is the first of its link, before hello. */
const UNGREETED_EVERY = 5
/** The bystander's stream gets a word after so many frames. */
const WORD_EVERY = 50

const CallEvent = z.discriminatedUnion('type', [DeltaEvent, VectorsEvent, EndEvent, FailureEvent])

/** Without hashes: by these, one vandal would take a name from the others, which is no bad frame. */
const goodFrames = goodEvents.filter(([name]) => !name.includes('hashes'))

/** Frames that are good after hello, … */
const goodSeeds = [
  ...goodFrames.filter(([name]) => !name.startsWith('hello')).map(([, frame]) => frame),
  {
    type: 'step',
    step: [
      [PLACEHOLDER, 'x', [1], { toolCalls: [{ index: 0, name: 'f', arguments: '{' }] }],
      [PLACEHOLDER, 'y', [2], { logprobs: [{ token: 'y', logprob: -1, bytes: [121], top: [] }] }],
    ],
  },
]
/** … and all that nonsense may begin with. */
const seeds = [...goodSeeds, ...[...goodFrames, ...badEvents].map(([, frame]) => frame), { type: 'draining' }]

/** Fields whose values are a closed list, or an id that is put in later. */
const KEYWORDS = new Set(['type', 'finishReason', 'code', 'callId'])

const padded = (length: number) => `${'{"type":"holdings","models":[],"pad":"'.padEnd(length - 2, 'x')}"}`

const frames: fc.Arbitrary<string | ArrayBuffer> = fc.oneof(
  { weight: 2_000, arbitrary: strangeFrames(goodSeeds, KEYWORDS) },
  { weight: 160, arbitrary: bentFrames(seeds) },
  { weight: 60, arbitrary: tornFrames(seeds) },
  { weight: 20, arbitrary: fc.json() },
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 20, arbitrary: fc.constantFrom(...garbage.map(([, text]) => text)) },
  { weight: 20, arbitrary: fc.uint8Array().map((bytes) => bytes.slice().buffer as ArrayBuffer) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 2 }).map((over) => padded(MAX_EVENT_LENGTH + over)) },
)

const TYPES = new Set<unknown>(NodeEvent.options.map(({ shape }) => shape.type.value))

/** Whether a frame can be nothing but wrong, said without the schema: then its link must be closed. */
function isHopeless(frame: string | ArrayBuffer): boolean {
  if (typeof frame !== 'string' || frame.length > MAX_EVENT_LENGTH) return true
  try {
    const value: unknown = JSON.parse(frame)
    return !(typeof value === 'object' && value !== null && 'type' in value && TYPES.has(value.type))
  } catch {
    return true
  }
}

const stubs = createStubs(env)
const well = uniqueModel()
let world: World
const { log } = console
beforeAll(async () => {
  world = await createWorld()
  // Three lines for each frame are a log that nobody reads, and a spy would keep them all.
  console.log = () => {}
})
afterAll(() => {
  console.log = log
})

/** A call on a node that misbehaves, with a reader who checks what he gets. */
class WatchedCall {
  readonly callId: string
  readonly done: Promise<void>
  isOver = false

  constructor(callId: string, events: ReadableStream<Uint8Array>) {
    this.callId = callId
    this.done = this.#read(events)
    // Looked at in the end. What fails before that has failed for want of a reader, not for want of a catcher.
    this.done.catch(() => {})
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let ends = 0
    for await (const events of readEvents(stream)) {
      for (const event of events) {
        const parsed = CallEvent.safeParse(event)
        expect(parsed.error, JSON.stringify(event)).toBeUndefined()
        expect(ends).toBe(0) // nothing comes behind an end
        if (event.type === 'end' || event.type === 'error') ends += 1
      }
    }
    expect(ends).toBe(1)
    this.isOver = true
  }
}

/** A node that sends nonsense: its link is dialled again whenever the edge has closed it. */
class Vandal {
  readonly id: string
  readonly reasons = new Set<string>()
  closings = 0
  #node: TestNode | undefined
  #calls: WatchedCall[] = []
  readonly #allCalls: WatchedCall[] = []
  #lastId = PLACEHOLDER
  #probes = 0

  constructor(id: string) {
    this.id = id
  }

  /** Sends a frame, and checks that it was dropped, or has closed the link as a bad frame must. */
  async send(frame: string | ArrayBuffer, turn: number, strangerId: string): Promise<void> {
    const node = this.#node ?? (await this.#dial(turn % UNGREETED_EVERY > 0))
    if (turn % UNGREETED_EVERY > 0) await this.#openCalls(node)
    const [running, waiting] = this.#calls.map(({ callId }) => callId)
    const ids = [running, running, PLACEHOLDER, this.#lastId, strangerId, running, PLACEHOLDER, waiting]
    const id = ids[turn % ids.length] ?? PLACEHOLDER
    // With what follows in the same tick: an answer to it says that the frame was dropped.
    node.sendRaw(typeof frame === 'string' ? frame.replaceAll(PLACEHOLDER, id) : frame)
    const end = await Promise.race([node.closed, this.#probe(node)])
    if (end === 'answered') {
      expect(isHopeless(frame), `the link stayed open after ${show(frame)}`).toBe(false)
      return
    }
    expect(end.code, show(frame)).toBe(CloseCode.badFrame)
    expect(end.reason, show(frame)).not.toBe('')
    expect(new TextEncoder().encode(end.reason).length).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES)
    this.reasons.add(end.reason.replace(/\d+|'.*'/g, '…'))
    this.closings += 1
    this.#node = undefined
    this.#calls = []
  }

  /** A frame whose answer is known: the end of a call from before the edge was started. */
  async #probe(node: TestNode): Promise<'answered'> {
    this.#probes += 1
    const probe = `feedface-${this.#probes}`
    node.send({ type: 'call.end', callId: probe, finishReason: 'stop', usage: usage() })
    for (;;) if ((await node.next('call.cancel')).callId === probe) return 'answered'
  }

  /** Past the Worker, which would ask the database each time who this is. */
  async #dial(greets: boolean): Promise<TestNode> {
    const headers = { upgrade: 'websocket', 'x-node-id': this.id }
    const response = await stubs.nodeLink(this.id).fetch(new Request('http://edge/nodes/link', { headers }))
    if (!response.webSocket) throw new Error(`The object refused the link: ${response.status}`)
    const node = new TestNode(this.id, '', response.webSocket)
    if (greets) await node.greet(nodeHello({ models: [modelHolding({ id: 'm', slots: 1 })] }))
    this.#node = node
    return node
  }

  /** One call that runs and one that waits, unless the node has told the edge that it takes none. */
  async #openCalls(node: TestNode): Promise<void> {
    this.#calls = this.#calls.filter(({ isOver }) => !isOver)
    while (this.#calls.length < 2) {
      const answer = await stubs.nodeLink(node.id).generate(generationRequest(), firstTry)
      if ('refused' in answer) return
      const call = new WatchedCall(answer.callId, answer.events)
      this.#calls.push(call)
      this.#allCalls.push(call)
      this.#lastId = answer.callId
    }
  }

  /** Every call has ended, once, and each reader got nothing but events. */
  async expectAllOver(): Promise<number> {
    await Promise.all(this.#allCalls.map(({ done }) => done))
    return this.#allCalls.length
  }

  /** A new link, which replaces what may be left of the old one, serves a call. */
  async expectServing(): Promise<void> {
    const node = await this.#dial(true)
    const { events } = taken(await stubs.nodeLink(this.id).generate(generationRequest(), firstTry))
    await node.answer(['as', ' ever'])
    const found = []
    for await (const some of readEvents(events)) found.push(...some)
    expect(found.map((event) => (event.type === 'delta' ? event.text : event.type))).toEqual([
      'as',
      ' ever',
      'end',
    ])
  }
}

const show = (frame: string | ArrayBuffer) =>
  typeof frame === 'string' ? JSON.stringify(frame.slice(0, 400)) : `${frame.byteLength} bytes`

/** A stream of another node that goes on all the while. */
async function startBystander() {
  const node = await world.addNode({ models: [well.holding] })
  const body = { model: well.id, prompt: 'Hi', stream: true, max_tokens: FRAMES }
  const text = world.request('/v1/completions', { body }).then((response) => response.text())
  const { callId } = await node.next('generation.start')
  const words: string[] = []
  return {
    callId,
    speak() {
      words.push(`word ${words.length} `)
      node.send({ type: 'step', step: [[callId, words.at(-1) ?? '', [words.length]]] })
    },
    async expectWhole() {
      node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
      const events = eventsOf(await text)
      expect(events.at(-1)).toBe('[DONE]')
      expect(events.slice(0, -1).map(({ choices: [choice] }) => choice.text)).toEqual([...words, ''])
    },
  }
}

describe(`${FRAMES} malformed frames from nodes (seed ${SEED})`, () => {
  it('are each dropped, or close their link with 4400 and a reason; nobody else feels them, nothing is left', {
    timeout: 120_000,
  }, async () => {
    const bystander = await startBystander()
    const joined = await Promise.all(Array.from({ length: VANDALS }, (_, index) => world.join(`v${index}`)))
    const vandals = joined.map(({ id }) => new Vandal(id))
    const storm = fc.sample(frames, { seed: SEED, numRuns: FRAMES }).entries()
    await Promise.all(
      vandals.map(async (vandal) => {
        // All take from the same iterator: each frame is sent once.
        for (const [turn, frame] of storm) {
          await vandal.send(frame, turn, bystander.callId)
          if (turn % WORD_EVERY === 0) bystander.speak()
        }
      }),
    )
    await bystander.expectWhole()
    // Neither all nonsense nor nearly none: both ways were taken, for many reasons.
    const closings = vandals.reduce((sum, vandal) => sum + vandal.closings, 0)
    expect(closings).toBeGreaterThan(FRAMES / 5)
    expect(closings).toBeLessThan((FRAMES * 9) / 10)
    expect(new Set(vandals.flatMap(({ reasons }) => [...reasons])).size).toBeGreaterThan(20)

    for (const vandal of vandals) await vandal.expectServing()
    const counts = await Promise.all(vandals.map((vandal) => vandal.expectAllOver()))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(FRAMES / 5)
    await eventually(async () => {
      const snapshot = await stubs.pool(DEFAULT_REGION).snapshot()
      const left = snapshot.flatMap(({ load }) => [...load.values()])
      expect(left.map(({ active, queued }) => active + queued).every((calls) => calls === 0)).toBe(true)
    })
  })
})
