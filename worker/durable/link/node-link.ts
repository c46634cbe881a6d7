import { DurableObject } from 'cloudflare:workers'
import type { EmbeddingRequest, GenerationRequest, Usage } from '../../../shared/generation.ts'
import { createLogger, type Logger } from '../../../shared/log.ts'
import type { NodeHello } from '../../../shared/node.ts'
import {
  CloseCode,
  decodeFrame,
  type EdgeCommand,
  HELLO_TIMEOUT_MS,
  LINK_PROTOCOL,
  MAX_EVENT_LENGTH,
  NodeEvent,
  PING,
  PONG,
  SILENCE_LIMIT_MS,
} from '../../../shared/wire.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { Errand, ErrandAnswer } from '../../services/pool/errand.ts'
import type {
  CallOptions,
  NodeLinkStub,
  OpenCall,
  Refusal,
  TaskCommand,
  TrainingCommand,
  TrainingEstimateAnswer,
  TrainingQuestion,
} from '../../services/pool/node-link.ts'
import type { NodeReport } from '../../services/pool/node-view.ts'
import { createStubs, type Serves } from '../../services/stubs.ts'
import { deliverFrame } from './call-frames.ts'
import { contextTokensOf, embeddingCall, generationCall } from './call-requests.ts'
import { DirectoryEntry } from './directory-entry.ts'
import { ErrandFrames } from './errands/errand-frames.ts'
import { Gate } from './gate/gate.ts'
import type { LinkServices } from './gate/link-services.ts'
import { welcomeOf } from './gate/welcome.ts'
import { LinkSocket } from './link-socket.ts'
import { type CallRequest, NodeCalls } from './node-calls.ts'
import { TaskFrames } from './task-frames.ts'
import { TrainingFrames } from './training-frames.ts'
import { Trust } from './trust.ts'
import { unloadedModels } from './unloaded-models.ts'
import { Withdrawals } from './withdrawals.ts'

/**
 * One node's connection: its hibernating socket, its calls in flight and its admission. Keyed by node id. The socket, the
 * node's introduction, the id of its current link and what was counted (a crash loses its last second) survive
 * hibernation; calls do not, for an object with calls in flight does not hibernate, and one that was evicted with them
 * starts clean (shared/PROTOCOL.md §5, §6).
 */
export class NodeLinkObject extends DurableObject<Cloudflare.Env> implements Serves<NodeLinkStub> {
  readonly #calls = new NodeCalls({
    send: (frame) => this.#link.send(frame),
    slotsOf: (key) => this.#hello()?.models.find((model) => model.id === key)?.slots ?? 1,
    contextTokensOf: (model) => contextTokensOf(this.#hello()?.models ?? [], model),
    onChange: () => this.#onCallsChange(),
  })
  readonly #log: Logger = createLogger((line) => console.log(line), { part: 'node-link' })
  readonly #entry = new DirectoryEntry({
    storage: this.ctx.storage,
    pool: (region) => createStubs(this.env).pool(region),
    nodeId: () => this.#nodeId,
    metrics: this.#calls.metrics,
    waitUntil: (work) => this.ctx.waitUntil(work),
    log: this.#log,
  })
  /** For those that handle frames of a greeted node. */
  readonly #door = {
    link: () => (this.#link.attachment?.greeted ? this.#link.attachment : undefined),
    hello: () => this.#hello(),
    send: (command: EdgeCommand) => this.#send(command),
    waitUntil: (work: Promise<unknown>) => this.ctx.waitUntil(work),
    log: this.#log,
  }
  readonly #training = new TrainingFrames({ stubs: createStubs(this.env), ...this.#door })
  readonly #tasks = new TaskFrames({ reports: () => this.#services().tasks, ...this.#door })
  readonly #errands = new ErrandFrames({ ...this.#door, isTrusted: () => this.#trust.isGiven })
  readonly #trust = new Trust({
    link: () => this.#link.attachment,
    pingedAt: () => this.#link.pingedAt,
    remember: (change) => this.#link.remember(change),
    onSuspect: () => this.#onSuspect(),
    onTrust: (silentMs) => this.#onTrust(silentMs),
  })
  readonly #withdrawals = new Withdrawals({
    missing: (ids) => this.#services().missingAdapters(ids),
    send: (command) => this.#send(command),
    waitUntil: (work) => this.ctx.waitUntil(work),
    log: this.#log,
  })
  readonly #services: () => LinkServices
  readonly #gate: Gate
  readonly #link: LinkSocket
  #keepAlive: number | null = null

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, services: () => LinkServices) {
    super(ctx, env)
    this.#services = services
    this.#gate = new Gate({
      link: () => this.#link.attachment,
      services,
      held: () => this.#hello()?.models ?? [],
      welcome: (hello, place) => this.#welcome(hello, place),
      hold: (models) => this.#hold(models),
      drop: (code, reason) => this.#drop(code, reason),
      log: this.#log,
    })
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
    this.#link = new LinkSocket(ctx)
    this.#calls.metrics.restore(ctx.storage.kv.get<NodeReport['metrics']>('metrics') ?? {})
  }

  // The node's side

  /** Takes the upgrade that the Worker has authenticated; `services/pool/nodes.ts` writes the headers. */
  override fetch(request: Request): Response {
    const nodeId = request.headers.get('x-node-id') ?? ''
    // The Worker may have checked the credential just before it was revoked.
    if (this.ctx.storage.kv.get<boolean>('revoked')) return new Response(null, { status: 401 })
    this.#drop(CloseCode.replaced, 'a newer link of this node took over')
    const client = this.#link.accept(nodeId, request.headers.get('x-node-place'))
    this.#trust.begin()
    this.ctx.storage.setAlarm(Date.now() + HELLO_TIMEOUT_MS)
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { 'sec-websocket-protocol': LINK_PROTOCOL },
    })
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    if (!this.#link.isCurrent(socket)) return
    this.#trust.hear()
    const decoded = decodeFrame(NodeEvent, frame, MAX_EVENT_LENGTH)
    const fault = decoded.ok ? this.#receive(decoded.message) : decoded.reason
    if (!fault) return
    this.#log.warn('link.bad_frame', { nodeId: this.#link.attachment?.nodeId, reason: fault })
    this.#drop(CloseCode.badFrame, fault)
  }

  override webSocketClose(socket: WebSocket): void {
    if (this.#link.isCurrent(socket)) this.#drop(1000, 'closed by the node')
  }

  override webSocketError(socket: WebSocket): void {
    if (this.#link.isCurrent(socket)) this.#drop(1011, 'the connection failed')
  }

  /** Wakes at the earliest moment at which silence could be established; heartbeats themselves wake nobody. */
  override async alarm(): Promise<void> {
    const hasLeft = await this.#entry.leave()
    if (!this.#link.attachment) {
      if (!hasLeft) this.ctx.storage.setAlarm(Date.now() + SILENCE_LIMIT_MS)
      return
    }
    const { heardAt } = this.#trust
    if (!this.#link.attachment.greeted) this.#drop(CloseCode.silent, 'no hello in time')
    else if (Date.now() - heardAt >= SILENCE_LIMIT_MS) this.#drop(CloseCode.silent, 'silence')
    else {
      this.#trust.renew()
      this.ctx.storage.setAlarm(heardAt + SILENCE_LIMIT_MS)
    }
  }

  // The edge's side

  /** Runs a generation in a free slot, or queues it; refuses when the node is away, drained or full. */
  generate(request: GenerationRequest, options: CallOptions): OpenCall | Refusal {
    const call = generationCall(request, options, this.#hello()?.models ?? [])
    return this.#open(call, (callId) => ({ type: 'generation.start', callId, request }))
  }

  /** Embeds; see `generate`. */
  embed(request: EmbeddingRequest, options: CallOptions): OpenCall | Refusal {
    const call = embeddingCall(request, options)
    return this.#open(call, (callId) => ({ type: 'embedding.start', callId, request }))
  }

  /** Stops a call. Resolves with what it used when the node has confirmed, or with null when it does not in time. */
  cancel(callId: string): Promise<Usage | null> {
    return this.#calls.cancel(callId)
  }

  /**
   * Asks the node to finish what runs within `limitMs`; new calls go elsewhere from now on, and what still runs then. The
   * earlier of two limits holds. False when the node is away.
   */
  drain(limitMs: number): boolean {
    if (!this.#link.attachment?.greeted) return false
    const until = Date.now() + limitMs
    this.#link.remember({ drainUntil: Math.min(until, this.#link.attachment.drainUntil ?? until) })
    this.#retire()
    this.#send({ type: 'drain', limitMs })
    this.#endDrain()
    return true
  }

  /** Tells the node about one of its jobs. False when it is away, or does not train. */
  train(command: TrainingCommand): boolean {
    return this.#training.command(command)
  }

  /** Tells the node about a task. False when it is away, or runs none. */
  task(command: TaskCommand): boolean {
    return this.#tasks.command(command)
  }

  /** Has the node do something for somebody who waits; refuses when it is away, drained or full. */
  errand(errand: Errand): Promise<ErrandAnswer> | ErrandAnswer {
    return this.#errands.run(errand)
  }

  /** Nobody waits for it any more. */
  cancelErrand(errandId: string): void {
    this.#errands.cancel(errandId)
  }

  /** How much memory a job would take; null where the node is away or does not say in time. */
  estimateTraining(question: TrainingQuestion): Promise<TrainingEstimateAnswer | null> {
    return this.#training.estimate(question)
  }

  /** Adapters are no more: a node that fetched them lets go of them, and ends their calls. */
  withdraw(ids: readonly string[]): void {
    if (this.#link.attachment?.greeted && this.#hello()?.fetchesAdapters) this.#withdrawals.tell(ids)
  }

  /** Ends the node's right to be here: closes its link and forgets it. */
  async revoke(): Promise<void> {
    this.#drop(CloseCode.revoked, 'the credential was revoked')
    this.ctx.storage.kv.delete('hello')
    this.ctx.storage.kv.delete('metrics')
    this.ctx.storage.kv.put('revoked', true)
    if (!(await this.#entry.forget())) this.ctx.storage.setAlarm(Date.now() + SILENCE_LIMIT_MS)
  }

  #open(call: CallRequest, commandOf: (callId: string) => EdgeCommand): OpenCall | Refusal {
    if (!this.#link.attachment?.greeted) {
      this.#report({ linked: false })
      return { refused: 'away' }
    }
    if (!this.#trust.isGiven) return { refused: 'away' }
    if (this.#link.attachment.draining) return { refused: 'draining' }
    return this.#calls.open(call, commandOf)
  }

  #onCallsChange(): void {
    if (this.#calls.size > 0) this.#keepAlive ??= setInterval(() => this.#tick(), KEEP_ALIVE_MS)
    else {
      clearInterval(this.#keepAlive)
      this.#keepAlive = null
    }
    this.#reportSoon()
  }

  #tick(): void {
    this.#endDrain()
    this.#calls.tick()
    const verdict = this.#trust.look(this.#calls.busySince)
    if (verdict === 'stalled') this.#calls.giveUp('The node that ran this request does not answer.')
  }

  #onSuspect(): void {
    this.#log.warn('link.suspect', { nodeId: this.#link.attachment?.nodeId, calls: this.#calls.size })
    this.#report({ linked: false })
  }

  #onTrust(silentMs: number): void {
    this.#log.info('link.well', { nodeId: this.#link.attachment?.nodeId, silentMs })
    this.#report({ linked: true, gauge: this.#link.attachment?.gauge ?? null })
    this.#reportSoon()
  }

  // Frames

  /** Acts on a frame. Returns what is wrong with it, if anything. */
  #receive(event: NodeEvent): string | undefined {
    if (event.type === 'hello') return this.#greet(event)
    if (!this.#link.attachment?.greeted) return 'expected hello first'
    switch (event.type) {
      case 'holdings':
        this.ctx.waitUntil(this.#gate.takeHoldings(event.models))
        return undefined
      case 'draining':
        this.#retire()
        return undefined
      case 'gauge':
        this.#link.remember({ gauge: event.gauge })
        this.#reportSoon()
        return undefined
      case 'train.report':
      case 'train.sign':
      case 'train.estimated':
        return this.#training.receive(event)
      case 'task.progress':
      case 'task.end':
      case 'task.error':
        return this.#tasks.receive(event)
      case 'errand.end':
      case 'errand.error':
        return this.#errands.receive(event)
      default:
        return deliverFrame(this.#calls, event, (failure) =>
          this.#log.warn('call.failed', { nodeId: this.#nodeId, ...failure }),
        )
    }
  }

  #greet(event: Extract<NodeEvent, { type: 'hello' }>): string | undefined {
    const greeted = this.#gate.greet(event)
    if ('fault' in greeted) return greeted.fault
    this.ctx.waitUntil(greeted.work)
    return undefined
  }

  #welcome(hello: NodeHello, { busyHeartbeat, region }: { busyHeartbeat: boolean; region: string }): void {
    const nodeId = this.#nodeId ?? ''
    this.#link.remember({ greeted: true, busyHeartbeat })
    this.#entry.moveTo(region)
    this.ctx.storage.kv.put('hello', hello)
    this.ctx.storage.setAlarm(Date.now() + SILENCE_LIMIT_MS)
    const { models: metrics } = this.#calls.metrics
    this.#report({ linked: true, draining: false, hello, gauge: null, load: new Map(), metrics })
    this.#log.info('link.up', { nodeId, region, models: hello.models.length })
    this.#send(welcomeOf(nodeId))
    this.#training.greet()
    this.#tasks.greet(nodeId)
    this.#withdrawals.greet(hello)
  }

  /** No new calls; those that wait go elsewhere at once. */
  #retire(): void {
    if (!this.#link.attachment || this.#link.attachment.draining) return
    this.#link.remember({ draining: true })
    this.#calls.turnAwayWaiting()
    this.#report({ draining: true })
  }

  /** At the limit of a drain, what still runs goes on elsewhere. */
  #endDrain(): void {
    const { drainUntil = null } = this.#link.attachment ?? {}
    if (drainUntil === null || Date.now() < drainUntil) return
    this.#calls.giveUp('The node is being drained.', 'no_capacity')
  }

  #hold(models: NodeHello['models']): void {
    const hello = this.#hello()
    if (!hello) return
    const changed = { ...hello, models }
    this.ctx.storage.kv.put('hello', changed)
    this.#calls.resize()
    this.#report({ hello: changed })
    this.#withdrawals.check(changed)
    this.#reportSoon() // what waits for a model to be loaded may run now
    this.#training.offer()
  }

  #hello(): NodeHello | undefined {
    return this.ctx.storage.kv.get<NodeHello>('hello')
  }

  // The link

  /** The link is over: whatever the reason, its calls fail and the directory knows. */
  #drop(code: number, reason: string): void {
    const link = this.#link.release()
    if (!link) return
    this.#calls.failAll('The node that ran this request was lost.')
    this.#tasks.lost(link.nodeId)
    this.#errands.lost()
    this.#log.info('link.down', { nodeId: link.nodeId, code, reason })
    this.#report({ linked: false, ...this.#entry.keepMetrics() })
    link.close(code, reason)
  }

  #send(command: EdgeCommand): void {
    this.#link.send(JSON.stringify(command))
  }

  // The directory

  get #nodeId(): string | undefined {
    return this.#link.attachment?.nodeId ?? this.ctx.id.name
  }

  #report(report: NodeReport): void {
    this.#entry.tell(report)
  }

  #reportSoon(): void {
    this.#entry.tellSoon(() => {
      if (!this.#link.attachment) return undefined
      const { gauge } = this.#link.attachment
      const load = this.#calls.load(unloadedModels(this.#hello()?.models ?? []))
      return { gauge, load, openCalls: this.#calls.size, ...this.#entry.keepMetrics() }
    })
  }
}
