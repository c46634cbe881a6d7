import { AppError, toAppError } from '../../../../shared/errors.ts'
import type {
  CallEvent,
  EndEvent,
  GenerationRequest,
  Message,
  ToolDefinition,
  Usage,
} from '../../../../shared/generation.ts'
import type { CallStream } from '../../inference/call-run.ts'
import { KEEP_ALIVE_MS } from '../../inference/event-lines.ts'
import type {
  AnswerStream,
  HostedCall,
  HostedEvent,
  HostedOutcome,
  ListedTool,
  MadeCall,
} from './hosted-events.ts'

/** Times that a model is asked for one response: the last must answer. */
export const MAX_HOSTED_TURNS = 12

/** Calls of hosted tools in one response, where its caller names no fewer. */
export const MAX_HOSTED_CALLS = 16

/** A tool that is run here, and not by the client. */
export interface HostedTool {
  definition: ToolDefinition
  /** A call with these arguments, as it is told; undefined for arguments that it does not take. */
  told(text: string): HostedCall | undefined
  /** The sentence for a model that gave it other arguments. */
  expected: string
  /** Takes a person's word before each call. */
  needsApproval?: boolean
  /** May be done again where it is not known whether it was done. */
  mayRepeat: boolean
  /** Does a call. The sources of the result are shown to the model under the numbers from `from` on. */
  run(call: HostedCall, from: number, signal: AbortSignal): Promise<HostedOutcome>
}

/** The hosted tools of one response. */
export interface HostedTools {
  tools: readonly HostedTool[]
  maxCalls: number
  /** The tools of servers that were looked at for it. */
  listed?: readonly { label: string; tools: readonly ListedTool[] }[]
  /** Calls that a person has approved since the model made them. */
  approved?: readonly MadeCall[]
}

const sumOf = (a: Usage | undefined, b: Usage): Usage => ({
  promptTokens: (a?.promptTokens ?? 0) + b.promptTokens,
  cachedPromptTokens: (a?.cachedPromptTokens ?? 0) + b.cachedPromptTokens,
  completionTokens: (a?.completionTokens ?? 0) + b.completionTokens,
})

const failed = (shown: string): HostedOutcome => ({ ok: false, shown, sources: [] })

/** Without hosted tools, or with none that may be called now. */
function withoutHosted(request: GenerationRequest, names: ReadonlySet<string>): GenerationRequest {
  const { tools, ...others } = request
  const definitions = tools?.definitions.filter(({ name }) => !names.has(name)) ?? []
  if (!tools || definitions.length === 0) return others
  const { allowed: _, ...rest } = tools
  return { ...others, tools: { ...rest, definitions, choice: 'auto' } }
}

/** Of one turn of the model, as it is heard. */
interface Heard {
  text: string
  calls: MadeCall[]
  hasOthers: boolean
  end: EndEvent | undefined
}

type Ask = (request: GenerationRequest, signal: AbortSignal) => CallStream

/**
 * One answer with work between: a model's calls of hosted tools are done here, and it is asked again with their results. Where it stands
 * follows from its events alone: given those of an earlier life, it goes on behind them, and does nothing again that was done.
 */
export class HostedAnswer {
  readonly #ask: Ask
  readonly #hosted: ReadonlyMap<string, HostedTool>
  readonly #maxCalls: number
  readonly #listed: NonNullable<HostedTools['listed']>
  readonly #approved: readonly MadeCall[]
  #request: GenerationRequest
  #lists = 0
  #turns = 0
  #calls = 0
  #sources = 0
  #usage: Usage | undefined
  /** The turn whose calls are being done. */
  #turn: { text: string; calls: readonly MadeCall[]; results: Message[]; hasBegun: boolean } | undefined
  /** The model's words of the turn that it is in. */
  #said: { text: string; tokens: number[] } = { text: '', tokens: [] }
  #waits = false

  constructor(
    request: GenerationRequest,
    { tools, maxCalls, listed = [], approved = [] }: HostedTools,
    ask: Ask,
    before: readonly (CallEvent | HostedEvent)[] = [],
  ) {
    this.#request = request
    this.#hosted = new Map(tools.map((tool) => [tool.definition.name, tool]))
    this.#maxCalls = Math.min(maxCalls, MAX_HOSTED_CALLS)
    this.#listed = listed
    this.#approved = approved
    this.#ask = ask
    for (const event of before) this.#apply(event)
  }

  async *stream(signal: AbortSignal): AnswerStream {
    for (const { label, tools } of this.#listed.slice(this.#lists))
      yield [this.#apply({ type: 'hosted.listed', label, tools })]
    if (this.#approved.length > 0 && this.#turns === 0)
      yield [this.#apply({ type: 'hosted.turn', text: '', calls: this.#approved, usage: null })]
    while (true) {
      yield* this.#work(signal)
      if (this.#waits) {
        yield [this.#ending('stop')]
        return
      }
      const heard = yield* this.#listen(signal)
      const { end, calls, text, hasOthers } = heard
      if (!end) throw new AppError('node_failed', 'The answer broke off.')
      if (end.finishReason === 'cancelled' || calls.length === 0) {
        yield [{ ...end, usage: sumOf(this.#usage, end.usage) }]
        return
      }
      yield [this.#apply({ type: 'hosted.turn', text, calls, usage: end.usage })]
      if (!hasOthers) continue
      // The client's own calls are told already: it goes on with their results.
      yield* this.#work(signal)
      yield [{ ...end, usage: this.#usage ?? end.usage }]
      return
    }
  }

  /** The end of an answer that waits for a word. */
  #ending(finishReason: EndEvent['finishReason']): EndEvent {
    const nothing = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
    return { type: 'end', finishReason, usage: this.#usage ?? nothing }
  }

  /** One turn of the model. What it calls here is kept back. */
  async *#listen(signal: AbortSignal): AsyncGenerator<(CallEvent | HostedEvent)[], Heard, void> {
    const isLast = this.#turns >= MAX_HOSTED_TURNS - 1 || this.#calls >= this.#maxCalls
    const asked = isLast ? withoutHosted(this.#request, new Set(this.#hosted.keys())) : this.#request
    const { text, tokens } = this.#said
    const heard: Heard = { text, calls: [], hasOthers: false, end: undefined }
    const resumed = tokens.length > 0 ? { ...asked, resume: [...tokens] } : asked
    for await (const events of this.#ask(resumed, signal)) {
      const passed: CallEvent[] = []
      for (const event of events) this.#hear(event, heard, passed)
      if (passed.length > 0 || events.length === 0) yield passed
    }
    heard.calls = heard.calls.filter((call) => call !== undefined) // places of the client's own calls are empty
    return heard
  }

  #hear(event: CallEvent, heard: Heard, passed: CallEvent[]): void {
    if (event.type === 'end') heard.end = event
    if (event.type !== 'delta') return
    heard.text += event.text
    const others = []
    for (const piece of event.extra?.toolCalls ?? []) {
      const known = heard.calls[piece.index]
      if (piece.name !== undefined && this.#hosted.has(piece.name))
        heard.calls[piece.index] = {
          id: crypto.randomUUID(),
          name: piece.name,
          arguments: piece.arguments,
        }
      else if (piece.name === undefined && known)
        heard.calls[piece.index] = { ...known, arguments: known.arguments + piece.arguments }
      else others.push(piece)
    }
    if (others.length > 0) heard.hasOthers = true
    const { toolCalls: _, ...extra } = event.extra ?? {}
    if (event.text !== '' || others.length > 0 || extra.logprobs || extra.unenforced)
      passed.push({ ...event, extra: { ...extra, ...(others.length > 0 ? { toolCalls: others } : {}) } })
  }

  /** Does the calls of the turn that are not done yet; those that wait for a person are told last. */
  async *#work(signal: AbortSignal): AnswerStream {
    while (this.#turn) {
      const turn = this.#turn
      const call = turn.calls[turn.results.length]
      if (!call) return
      const tool = this.#hosted.get(call.name)
      const told = tool?.told(call.arguments)
      if (tool?.needsApproval && told?.kind === 'mcp' && call.approvalRequestId === undefined) {
        const { label, name, arguments: given } = told
        yield [this.#apply({ type: 'hosted.approval', label, name, arguments: given })]
        continue
      }
      const wasBegun = turn.hasBegun
      const shown = call.told ?? told ?? emptyCall(call)
      if (!wasBegun) yield [this.#apply({ type: 'hosted.start', call: shown })]
      const outcome =
        wasBegun && !tool?.mayRepeat
          ? failed('It was interrupted: whether it was done is not known, so it is not done again.')
          : yield* withSigns(this.#outcomeOf(tool, told, signal))
      yield [this.#apply({ type: 'hosted.end', outcome })]
    }
  }

  async #outcomeOf(
    tool: HostedTool | undefined,
    call: HostedCall | undefined,
    signal: AbortSignal,
  ): Promise<HostedOutcome> {
    if (!tool) return failed('There is no such tool any more.')
    if (this.#calls >= this.#maxCalls) return failed('No more tools may be called: answer now.')
    if (!call) return failed(tool.expected)
    try {
      return await tool.run(call, this.#sources + 1, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const { code, message } = toAppError(thrown)
      return failed(code === 'internal' ? 'The tool failed.' : message)
    }
  }

  /** Takes an event into account, and passes it on. */
  #apply<Event extends CallEvent | HostedEvent>(event: Event): Event {
    if (event.type === 'delta') {
      this.#said.text += event.text
      this.#said.tokens.push(...event.tokens)
    }
    if (event.type === 'hosted.listed') this.#lists += 1
    if (event.type === 'hosted.turn') {
      this.#turns += 1
      if (event.usage) this.#usage = sumOf(this.#usage, event.usage)
      this.#turn = { text: event.text, calls: event.calls, results: [], hasBegun: false }
      this.#said = { text: '', tokens: [] }
    }
    if (event.type === 'hosted.start' && this.#turn) this.#turn.hasBegun = true
    if (event.type === 'hosted.end') {
      this.#calls += 1
      this.#sources += event.outcome.sources.length
      this.#result(event.outcome.shown)
    }
    if (event.type === 'hosted.approval') {
      this.#waits = true
      this.#result('It waits for a person.')
    }
    return event
  }

  /** A call of the turn has ended; after the last one the model can be asked again. */
  #result(content: string): void {
    const turn = this.#turn
    const call = turn?.calls[turn.results.length]
    if (!turn || !call) return
    turn.hasBegun = false
    turn.results.push({ role: 'tool', content, toolCallId: call.id })
    if (turn.results.length < turn.calls.length) return
    this.#turn = undefined
    const { prompt, tools } = this.#request
    if (prompt.kind !== 'chat') return
    const toolCalls = turn.calls.map(({ id, name, arguments: given }) => ({ id, name, arguments: given }))
    const asked: Message = { role: 'assistant', content: turn.text, toolCalls }
    this.#request = {
      ...this.#request,
      prompt: { kind: 'chat', messages: [...prompt.messages, asked, ...turn.results] },
      // A call that was demanded has been made.
      ...(tools ? { tools: { ...tools, choice: 'auto' as const } } : {}),
    }
  }
}

/** The end of work; until it has come a sign of life now and then, as only what is written tells that a reader has left. */
async function* withSigns<End>(work: Promise<End>): AsyncGenerator<[], End, void> {
  const isOver = work.then(
    () => true,
    () => true,
  )
  while (true) {
    const silence = Promise.withResolvers<false>()
    const timer = setTimeout(() => silence.resolve(false), KEEP_ALIVE_MS)
    const ended = await Promise.race([isOver, silence.promise])
    clearTimeout(timer)
    if (ended) return work
    yield []
  }
}

/** A call with arguments that its tool does not take, as its item tells it. */
const emptyCall = ({ name, arguments: given }: MadeCall): HostedCall => {
  if (name === 'code_interpreter') return { kind: name, code: given }
  if (name === 'file_search' || name === 'web_search') return { kind: name, query: '' }
  return { kind: 'mcp', label: '', name, arguments: given, approvalRequestId: null }
}
