import { DurableObject } from 'cloudflare:workers'
import type { EmbeddingRequest, GenerationRequest, Usage } from '../../../shared/generation.ts'
import { createLogger, type Logger } from '../../../shared/log.ts'
import { adapterNamed, type NodeHello } from '../../../shared/node.ts'
import {
  BUSY_HEARTBEAT_MS,
  BUSY_SILENCE_LIMIT_MS,
  CloseCode,
  decodeFrame,
  type EdgeCommand,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  LINK_PROTOCOL,
  MAX_CLOSE_REASON_BYTES,
  MAX_EVENT_LENGTH,
  NodeEvent,
  PING,
  PONG,
  SILENCE_LIMIT_MS,
} from '../../../shared/wire.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { CallOptions, NodeLinkStub, OpenCall, Refusal } from '../../services/pool/node-link.ts'
import { embeddingKey, type NodeReport } from '../../services/pool/node-view.ts'
import type { PoolStub } from '../../services/pool/pool-view.ts'
import { createStubs, type Serves } from '../../services/stubs.ts'
import { LinkAttachment, newAttachment } from './link-attachment.ts'
import { type CallRequest, NodeCalls } from './node-calls.ts'
import { NodeReporter } from './node-reporter.ts'
import { SilenceWatch } from './silence-watch.ts'
import { unloadedModels } from './unloaded-models.ts'

const toCaller = ({ attempt, ...options }: CallOptions, resumedTokens: number) => ({
  ...options,
  arrival: resumedTokens > 0 ? ('move' as const) : attempt > 0 ? ('retry' as const) : ('first' as const),
})

/** As much of a sentence as a close frame has room for, never a part of a character. */
function toCloseReason(sentence: string): string {
  const bytes = new Uint8Array(MAX_CLOSE_REASON_BYTES)
  const { read } = new TextEncoder().encodeInto(sentence, bytes)
  return sentence.slice(0, read)
}

/**
 * One node's connection: its hibernating socket, its calls in flight and its admission. Keyed by node id. The socket, the
 * node's introduction, the id of its current link and what was counted (a crash loses its last second) survive
 * hibernation; calls do not, for an object with calls in flight does not hibernate, and one that was evicted with them
 * starts clean (shared/PROTOCOL.md §5, §6).
 */
export class NodeLink extends DurableObject<Cloudflare.Env> implements Serves<NodeLinkStub> {
  readonly #calls = new NodeCalls({
    send: (frame) => this.#socket?.send(frame),
    slotsOf: (key) => this.#hello()?.models.find((model) => model.id === key)?.slots ?? 1,
    onChange: () => this.#onCallsChange(),
  })
  readonly #log: Logger = createLogger((line) => console.log(line), { part: 'node-link' })
  readonly #reporter = new NodeReporter({
    send: (nodeId, report) => this.#pool().report(nodeId, report),
    waitUntil: (work) => this.ctx.waitUntil(work),
    log: this.#log,
  })
  #socket: WebSocket | undefined
  #attachment: LinkAttachment | undefined
  #heardAt = 0
  #silence = new SilenceWatch()
  #keepAlive: number | null = null

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
    const current = ctx.storage.kv.get<string>('linkId')
    if (current) this.#adopt(ctx.getWebSockets(current)[0])
    this.#calls.metrics.restore(ctx.storage.kv.get<NodeReport['metrics']>('metrics') ?? {})
  }

  // The node's side

  /** Takes the upgrade that the Worker has authenticated; the node's id comes in `x-node-id`. */
  override fetch(request: Request): Response {
    const nodeId = request.headers.get('x-node-id') ?? ''
    // The Worker may have checked the credential just before it was revoked.
    if (this.ctx.storage.kv.get<boolean>('revoked')) return new Response(null, { status: 401 })
    this.#drop(CloseCode.replaced, 'a newer link of this node took over')
    const { 0: client, 1: server } = new WebSocketPair()
    const attachment = newAttachment(nodeId)
    this.ctx.acceptWebSocket(server, [attachment.linkId])
    server.serializeAttachment(attachment)
    this.ctx.storage.kv.put('linkId', attachment.linkId)
    this.#adopt(server)
    this.ctx.storage.setAlarm(Date.now() + HELLO_TIMEOUT_MS)
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { 'sec-websocket-protocol': LINK_PROTOCOL },
    })
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    if (!this.#isCurrent(socket)) return
    this.#heardAt = Date.now()
    this.#trustAgain()
    const decoded = decodeFrame(NodeEvent, frame, MAX_EVENT_LENGTH)
    const fault = decoded.ok ? this.#receive(decoded.message) : decoded.reason
    if (!fault) return
    this.#log.warn('link.bad_frame', { nodeId: this.#attachment?.nodeId, reason: fault })
    this.#drop(CloseCode.badFrame, fault)
  }

  override webSocketClose(socket: WebSocket): void {
    if (this.#isCurrent(socket)) this.#drop(1000, 'closed by the node')
  }

  override webSocketError(socket: WebSocket): void {
    if (this.#isCurrent(socket)) this.#drop(1011, 'the connection failed')
  }

  /** Wakes at the earliest moment at which silence could be established; heartbeats themselves wake nobody. */
  override alarm(): void {
    if (!this.#attachment) return
    const heardAt = this.#lastHeardAt()
    if (!this.#attachment.greeted) this.#drop(CloseCode.silent, 'no hello in time')
    else if (Date.now() - heardAt >= SILENCE_LIMIT_MS) this.#drop(CloseCode.silent, 'silence')
    else {
      this.#trustAgain()
      this.ctx.storage.setAlarm(heardAt + SILENCE_LIMIT_MS)
    }
  }

  // The edge's side

  /** Runs a generation in a free slot, or queues it; refuses when the node is away, drained or full. */
  generate(request: GenerationRequest, options: CallOptions): OpenCall | Refusal {
    const resumedTokens = request.resume?.length ?? 0
    const { model } = request
    // Calls with an adapter share the slots of its model; they are counted for themselves.
    const held = this.#hello()?.models.find((holding) => adapterNamed(holding, model))
    const call = { key: held?.id ?? model, model, resumedTokens, ...toCaller(options, resumedTokens) }
    return this.#open(call, (callId) => ({ type: 'generation.start', callId, request }))
  }

  /** Embeds; see `generate`. Embeddings have their own queue: a node computes them one call at a time. */
  embed(request: EmbeddingRequest, options: CallOptions): OpenCall | Refusal {
    const key = embeddingKey(request.model)
    const call = { key, model: key, ...toCaller(options, 0) }
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
    if (!this.#socket || !this.#attachment?.greeted) return false
    const until = Date.now() + limitMs
    this.#remember({ drainUntil: Math.min(until, this.#attachment.drainUntil ?? until) })
    this.#retire()
    this.#send({ type: 'drain', limitMs })
    this.#endDrain()
    return true
  }

  /** Ends the node's right to be here: closes its link and forgets it. */
  async revoke(): Promise<void> {
    const nodeId = this.#attachment?.nodeId ?? this.ctx.id.name ?? ''
    this.#drop(CloseCode.revoked, 'the credential was revoked')
    this.ctx.storage.kv.delete('hello')
    this.ctx.storage.kv.delete('metrics')
    this.ctx.storage.kv.put('revoked', true)
    await this.#pool().remove(nodeId)
  }

  #open(call: CallRequest, commandOf: (callId: string) => EdgeCommand): OpenCall | Refusal {
    if (!this.#socket || !this.#attachment?.greeted) {
      this.#report({ linked: false })
      return { refused: 'away' }
    }
    this.#trustAgain()
    if (this.#attachment.suspectSince !== null) return { refused: 'away' }
    if (this.#attachment.draining) return { refused: 'draining' }
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
    this.#trustAgain()
    if (!this.#attachment?.busyHeartbeat) return
    const { busySince } = this.#calls
    const verdict = this.#silence.look({ heardAt: this.#lastHeardAt(), busySince, now: Date.now() })
    if (verdict !== 'well') this.#suspect()
    if (verdict === 'stalled') this.#calls.giveUp('The node that ran this request does not answer.')
  }

  // Silence

  #lastHeardAt(): number {
    const pingedAt = this.#socket && this.ctx.getWebSocketAutoResponseTimestamp(this.#socket)
    return Math.max(this.#heardAt, pingedAt?.getTime() ?? 0, this.#attachment?.openedAt ?? 0)
  }

  /** Nothing new for a node that is too silent for one that runs calls. */
  #suspect(): void {
    if (!this.#attachment || this.#attachment.suspectSince !== null) return
    this.#remember({ suspectSince: Date.now() })
    this.#log.warn('link.suspect', { nodeId: this.#attachment.nodeId, calls: this.#calls.size })
    this.#report({ linked: false })
  }

  /** The node was heard again, if it was. */
  #trustAgain(): void {
    const { nodeId, suspectSince = null } = this.#attachment ?? {}
    if (suspectSince === null || this.#lastHeardAt() < suspectSince) return
    this.#remember({ suspectSince: null })
    this.#log.info('link.well', { nodeId, silentMs: Date.now() - suspectSince })
    this.#report({ linked: true, gauge: this.#attachment?.gauge ?? null })
    this.#reportSoon()
  }

  // Frames

  /** Acts on a frame. Returns what is wrong with it, if anything. */
  #receive(event: NodeEvent): string | undefined {
    if (event.type === 'hello') return this.#greet(event)
    if (!this.#attachment?.greeted) return 'expected hello first'
    switch (event.type) {
      case 'step':
        for (const [callId, text, tokens, extra] of event.step) {
          const fault = this.#calls.deliver(callId, { type: 'delta', text, tokens, extra })
          if (fault) return fault
        }
        return undefined
      case 'call.vectors':
        return this.#calls.deliver(event.callId, {
          type: 'vectors',
          start: event.start,
          vectors: event.vectors,
        })
      case 'call.end': {
        const { callId, finishReason, usage } = event
        return this.#calls.end(callId, { type: 'end', finishReason, usage })
      }
      case 'call.error': {
        const { callId, code, message, param } = event
        return this.#calls.end(callId, { type: 'error', code, message, param })
      }
      case 'holdings':
        this.#hold(event.models)
        return undefined
      case 'draining':
        this.#retire()
        return undefined
      case 'gauge':
        this.#remember({ gauge: event.gauge })
        this.#reportSoon()
        return undefined
      default:
        return event satisfies never
    }
  }

  #greet({ hello, busyHeartbeat = false }: Extract<NodeEvent, { type: 'hello' }>): string | undefined {
    const attachment = this.#attachment
    if (!attachment) return undefined
    if (attachment.greeted) return 'a second hello'
    this.#remember({ greeted: true, busyHeartbeat })
    this.ctx.storage.kv.put('hello', hello)
    this.ctx.storage.setAlarm(Date.now() + SILENCE_LIMIT_MS)
    this.#report({ linked: true, draining: false, hello, gauge: null, load: new Map() })
    this.#log.info('link.up', { nodeId: attachment.nodeId, models: hello.models.length })
    this.#send({
      type: 'welcome',
      nodeId: attachment.nodeId,
      heartbeatMs: HEARTBEAT_MS,
      silenceMs: SILENCE_LIMIT_MS,
      busyHeartbeatMs: BUSY_HEARTBEAT_MS,
      busySilenceMs: BUSY_SILENCE_LIMIT_MS,
    })
    return undefined
  }

  /** No new calls; those that wait go elsewhere at once. */
  #retire(): void {
    if (!this.#attachment || this.#attachment.draining) return
    this.#remember({ draining: true })
    this.#calls.turnAwayWaiting()
    this.#report({ draining: true })
  }

  /** At the limit of a drain, what still runs goes on elsewhere. */
  #endDrain(): void {
    const { drainUntil = null } = this.#attachment ?? {}
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
    this.#reportSoon() // what waits for a model to be loaded may run now
  }

  #hello(): NodeHello | undefined {
    return this.ctx.storage.kv.get<NodeHello>('hello')
  }

  // The socket

  #adopt(socket: WebSocket | undefined): void {
    const attachment = LinkAttachment.safeParse(socket?.deserializeAttachment())
    this.#socket = attachment.success ? socket : undefined
    this.#attachment = attachment.data
    this.#heardAt = 0
    this.#silence = new SilenceWatch()
  }

  /** Notes something about this link for as long as it lives. */
  #remember(change: Partial<LinkAttachment>): void {
    if (!this.#attachment) return
    this.#attachment = { ...this.#attachment, ...change }
    this.#socket?.serializeAttachment(this.#attachment)
  }

  #isCurrent(socket: WebSocket): boolean {
    return this.#attachment !== undefined && this.ctx.getTags(socket)[0] === this.#attachment.linkId
  }

  /** The link is over: whatever the reason, its calls fail and the directory knows. */
  #drop(code: number, reason: string): void {
    const [socket, attachment] = [this.#socket, this.#attachment]
    if (!socket || !attachment) return
    this.#socket = undefined
    this.#attachment = undefined
    this.#calls.failAll('The node that ran this request was lost.')
    this.ctx.storage.kv.delete('linkId')
    this.#log.info('link.down', { nodeId: attachment.nodeId, code, reason })
    this.#report({ linked: false, ...this.#keepMetrics() }, attachment.nodeId)
    try {
      socket.close(code, toCloseReason(reason))
    } catch {
      // Closed already by the other side: that is what was wanted.
    }
  }

  #send(command: EdgeCommand): void {
    this.#socket?.send(JSON.stringify(command))
  }

  // The directory

  #pool(): PoolStub {
    return createStubs(this.env).pool()
  }

  #report(report: NodeReport, nodeId = this.#attachment?.nodeId ?? this.ctx.id.name): void {
    if (nodeId) this.#reporter.tell(nodeId, report)
  }

  #reportSoon(): void {
    this.#reporter.tellSoon(() => {
      if (!this.#attachment) return undefined
      const { nodeId, gauge } = this.#attachment
      const load = this.#calls.load(unloadedModels(this.#hello()?.models ?? []))
      return { nodeId, report: { gauge, load, openCalls: this.#calls.size, ...this.#keepMetrics() } }
    })
  }

  /** Stores what was counted, if that has changed, and says it for the directory. */
  #keepMetrics(): Pick<NodeReport, 'metrics'> {
    const metrics = this.#calls.metrics.takeChanged()
    if (!metrics) return {}
    // Unconfirmed, since no frame and no answer should wait for a disk.
    this.ctx.storage.put('metrics', metrics, { allowUnconfirmed: true })
    return { metrics }
  }
}
