import type { Engine, EngineCommand, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import type { ModelHolding } from '../../../shared/node.ts'
import type { StepDelta } from '../../../shared/wire.ts'

/** The null engine's answer, again and again: one token. */
export const NULL_TOKEN_TEXT = ' tok'
const NULL_TOKEN = 1_234

export const NULL_MODEL: ModelHolding = {
  id: 'null',
  capabilities: ['generate'],
  contextTokens: 1_000_000,
  slots: 8,
  // Large enough to decide for itself in runs of agents.
  sizeBytes: 2_000_000_000,
  architecture: 'null',
  createdAt: 0,
}

/** Calls of a tool that it decides for in a run of an agent, before it answers. */
const DECIDED_CALLS = 6

/** Requests that it remembers: more than a run has. */
const MAX_TAKEN = 32

/** Tokens of a decision: all of it in the first one, and white space. */
const DECISION_TOKENS = 5

/** The decision of an agent's step: each call is another one, so that none is answered from memory. */
function decisionFor({ prompt }: GenerationRequest): string {
  const messages = prompt.kind === 'chat' ? prompt.messages : []
  const made = messages.filter(
    ({ role, content }) => role === 'assistant' && content.startsWith('{"action"'),
  ).length
  return JSON.stringify(
    made < DECIDED_CALLS
      ? { action: 'current_time', arguments: { time_zone: `Etc/GMT+${made + 1}` } }
      : { action: 'answer' },
  )
}

/** The pace of an engine that has no limits of its own. */
export interface Pace {
  /** Calls `go` when the next step is due. Called once a step. */
  whenDue(go: () => void): void
}

/** Computes nothing: one step after another, each with one token of every running generation. What has a schema is a decision. */
export class NullEngine implements Engine {
  readonly models: readonly ModelHolding[]
  readonly #emit: (event: EngineEvent) => void
  readonly #pace: Pace
  readonly #texts: readonly string[]
  /** Tokens still to come. */
  readonly #left = new Map<string, { total: number; left: number; decision: string | undefined }>()
  #taken: GenerationRequest[] = []
  #isStepping = false

  /** `texts` are its tokens, one after another and again from the first. */
  constructor(
    emit: (event: EngineEvent) => void,
    pace: Pace,
    {
      slots = NULL_MODEL.slots,
      texts = [NULL_TOKEN_TEXT],
    }: { slots?: number | undefined; texts?: readonly string[] | undefined } = {},
  ) {
    this.models = [{ ...NULL_MODEL, slots }]
    this.#emit = emit
    this.#pace = pace
    this.#texts = texts
  }

  /** The generations that it was asked for since this was asked the last time, in order. */
  takeRequests(): GenerationRequest[] {
    const taken = this.#taken
    this.#taken = []
    return taken
  }

  send(command: EngineCommand): void {
    const { callId } = command
    switch (command.type) {
      case 'generation.start': {
        const { request } = command
        this.#taken = [...this.#taken, request].slice(-MAX_TAKEN)
        const isDecision = typeof request.format === 'object'
        const sent = request.resume?.length ?? 0
        const total = Math.max(1, (isDecision ? DECISION_TOKENS : (request.maxTokens ?? 1)) - sent)
        // One that goes on elsewhere has said its decision; white space is left of it.
        const said = sent === 0 ? decisionFor(request) : ' '
        const decision = isDecision ? said : undefined
        this.#left.set(callId, { total, left: total, decision })
        // The first token leaves in the same tick: what a client waits for is the way alone.
        if (!this.#isStepping) this.#step()
        break
      }
      case 'embedding.start':
        this.#emit({ type: 'call.error', callId, code: 'invalid_request', message: 'It has no embeddings.' })
        break
      case 'call.cancel':
        this.#end(callId, 'cancelled')
        break
      default:
        command satisfies never
    }
  }

  async close(): Promise<void> {
    for (const callId of [...this.#left.keys()]) this.#end(callId, 'cancelled')
  }

  #step(): void {
    const step: StepDelta[] = []
    const ended: string[] = []
    for (const [callId, call] of this.#left) {
      const text = this.#texts[(call.total - call.left) % this.#texts.length] ?? NULL_TOKEN_TEXT
      step.push([callId, call.decision ?? text, [NULL_TOKEN]])
      if (call.decision !== undefined) call.decision = ' '
      call.left -= 1
      if (call.left === 0) ended.push(callId)
    }
    if (step.length > 0) this.#emit({ type: 'step', step })
    for (const callId of ended) this.#end(callId, 'length')
    this.#isStepping = this.#left.size > 0
    if (this.#isStepping) this.#pace.whenDue(() => this.#step())
  }

  #end(callId: string, finishReason: 'length' | 'cancelled'): void {
    const call = this.#left.get(callId)
    if (!call) return
    this.#left.delete(callId)
    const usage = { promptTokens: 1, cachedPromptTokens: 0, completionTokens: call.total - call.left }
    this.#emit({ type: 'call.end', callId, finishReason, usage })
  }
}
