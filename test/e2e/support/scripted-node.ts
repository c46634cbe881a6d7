import { once } from 'node:events'
import { WebSocket } from 'ws'
import {
  EdgeCommand,
  JOIN_PATH,
  LINK_PATH,
  LINK_PROTOCOL,
  type NodeEvent,
  PING,
} from '../../../shared/wire.ts'
import { modelHolding, nodeHello } from '../../support/frames.ts'
import type { EdgeClient } from './edge-client.ts'

type Start = Extract<EdgeCommand, { type: 'generation.start' }>

/** The edge takes a node that says nothing for 45 s for lost. */
const BEAT_MS = 15_000

/** A node that says what a test tells it to, when it tells it: no answer is faster or slower than the test wants. */
export class ScriptedNode {
  readonly #socket: WebSocket
  readonly #beat: NodeJS.Timeout
  readonly #started: Start[] = []
  #wake = () => {}
  #tokens = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    this.#beat = setInterval(() => socket.send(PING), BEAT_MS)
    socket.on('message', (data) => this.#hear(String(data)))
    socket.on('close', () => clearInterval(this.#beat))
  }

  /** Joins, and waits until the edge offers its model. With a join token of somebody else's, or one of its own. */
  static async join(edge: EdgeClient, name: string, model: string, invited?: string): Promise<ScriptedNode> {
    const token = invited ?? (await edge.json<{ token: string }>('/v1/nodes/join-tokens', { name })).token
    const joined = await fetch(edge.url + JOIN_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    const { credential } = (await joined.json()) as { credential: string }
    const socket = new WebSocket(edge.url.replace('http', 'ws') + LINK_PATH, LINK_PROTOCOL, {
      headers: { authorization: `Bearer ${credential}` },
    })
    await once(socket, 'open')
    const node = new ScriptedNode(socket)
    node.#send({ type: 'hello', hello: nodeHello({ name, models: [modelHolding({ id: model, slots: 8 })] }) })
    await edge.untilOffered(name, 30_000)
    return node
  }

  /** The next answer that it is asked for. */
  async asked(): Promise<Start> {
    while (this.#started.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#started.shift() as Start // it has just been counted
  }

  say({ callId }: Start, text: string): void {
    this.#tokens += 1
    this.#send({ type: 'step', step: [[callId, text, [this.#tokens]]] })
  }

  end({ callId }: Start): void {
    const usage = { promptTokens: 5, cachedPromptTokens: 0, completionTokens: 12 }
    this.#send({ type: 'call.end', callId, finishReason: 'stop', usage })
  }

  /** As a process that was killed leaves its link. */
  kill(): void {
    this.#socket.terminate()
  }

  #send(event: NodeEvent): void {
    this.#socket.send(JSON.stringify(event))
  }

  #hear(data: string): void {
    if (!data.startsWith('{')) return
    const command = EdgeCommand.parse(JSON.parse(data))
    if (command.type === 'generation.start') {
      this.#started.push(command)
      this.#wake()
    }
    if (command.type === 'call.cancel') {
      const usage = { promptTokens: 5, cachedPromptTokens: 0, completionTokens: 1 }
      this.#send({ type: 'call.end', callId: command.callId, finishReason: 'cancelled', usage })
    }
  }
}
