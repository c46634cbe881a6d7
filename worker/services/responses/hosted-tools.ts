import { AppError, toAppError } from '../../../shared/errors.ts'
import type {
  CallEvent,
  EndEvent,
  GenerationRequest,
  Message,
  ToolDefinition,
  Usage,
} from '../../../shared/generation.ts'
import type { CallStream } from '../inference/call-run.ts'

/** Times that a model is asked for one response: the last must answer. */
export const MAX_HOSTED_TURNS = 12

/** Calls of hosted tools in one response, where its caller names no fewer. */
export const MAX_HOSTED_CALLS = 16

/** Something that an answer may cite, by the number of its place among all of the response. */
export type HostedSource =
  | { kind: 'file'; fileId: string; filename: string }
  | { kind: 'url'; url: string; title: string }

/** Something that a file search found, as OpenAI's item shows it. */
export interface FoundPassage {
  file_id: string
  filename: string
  score: number
  text: string
  attributes: Record<string, string | number | boolean>
}

export type HostedKind = 'file_search' | 'web_search'

/** The end of a search. */
export interface HostedOutcome {
  ok: boolean
  /** The model is shown this. */
  shown: string
  sources: readonly HostedSource[]
  passages?: readonly FoundPassage[]
}

/** A tool that is run here, and not by the client. */
export interface HostedTool {
  kind: HostedKind
  definition: ToolDefinition
  /** Searches. The sources of the result are shown to the model under the numbers from `from` on. */
  run(query: string, from: number, signal: AbortSignal): Promise<HostedOutcome>
}

/** The hosted tools of one response. */
export interface HostedTools {
  tools: readonly HostedTool[]
  maxCalls: number
}

/** A search between a model's own words. */
export type HostedEvent =
  | { type: 'hosted.start'; kind: HostedKind; query: string }
  | { type: 'hosted.end'; outcome: HostedOutcome }

/** An answer as it arrives, with the searches between its words; an empty list is a sign of life. */
export type AnswerStream = AsyncGenerator<(CallEvent | HostedEvent)[], void, void>

interface MadeCall {
  id: string
  tool: HostedTool
  arguments: string
}

const sumOf = (a: Usage | undefined, b: Usage): Usage => ({
  promptTokens: (a?.promptTokens ?? 0) + b.promptTokens,
  cachedPromptTokens: (a?.cachedPromptTokens ?? 0) + b.cachedPromptTokens,
  completionTokens: (a?.completionTokens ?? 0) + b.completionTokens,
})

/** The query of a call; undefined for arguments that are none. */
function queryIn(text: string): string | undefined {
  try {
    const { query } = JSON.parse(text) as { query?: unknown }
    return typeof query === 'string' && query.trim() !== '' ? query : undefined
  } catch {
    return undefined
  }
}

const failed = (shown: string): HostedOutcome => ({ ok: false, shown, sources: [] })

/** Without hosted tools, or with none that may be called now. */
function withoutHosted(request: GenerationRequest, names: ReadonlySet<string>): GenerationRequest {
  const { tools, ...others } = request
  const definitions = tools?.definitions.filter(({ name }) => !names.has(name)) ?? []
  return tools && definitions.length > 0
    ? { ...others, tools: { ...tools, definitions, choice: 'auto' } }
    : others
}

/** One answer with searches between: a model's calls of hosted tools are run here, and it is asked again with their results. */
export class HostedAnswer {
  readonly #ask: (request: GenerationRequest, signal: AbortSignal) => CallStream
  readonly #hosted: ReadonlyMap<string, HostedTool>
  readonly #maxCalls: number
  #request: GenerationRequest
  #calls = 0
  #sources = 0
  #usage: Usage | undefined

  constructor(
    request: GenerationRequest,
    { tools, maxCalls }: HostedTools,
    ask: (request: GenerationRequest, signal: AbortSignal) => CallStream,
  ) {
    this.#request = request
    this.#hosted = new Map(tools.map((tool) => [tool.definition.name, tool]))
    this.#maxCalls = Math.min(maxCalls, MAX_HOSTED_CALLS)
    this.#ask = ask
  }

  async *stream(signal: AbortSignal): AnswerStream {
    for (let turn = 1; ; turn += 1) {
      const isLast = turn >= MAX_HOSTED_TURNS || this.#calls >= this.#maxCalls
      if (isLast) this.#request = withoutHosted(this.#request, new Set(this.#hosted.keys()))
      const heard = {
        text: '',
        calls: [] as MadeCall[],
        hasOthers: false,
        end: undefined as EndEvent | undefined,
      }
      for await (const events of this.#ask(this.#request, signal)) {
        const passed: CallEvent[] = []
        for (const event of events) this.#hear(event, heard, passed)
        if (passed.length > 0 || events.length === 0) yield passed
      }
      const { end } = heard
      if (!end) throw new AppError('node_failed', 'The answer broke off.')
      this.#usage = sumOf(this.#usage, end.usage)
      if (end.finishReason !== 'cancelled') yield* this.#run(heard, signal)
      if (heard.calls.length === 0 || heard.hasOthers || end.finishReason === 'cancelled') {
        yield [{ ...end, usage: this.#usage }]
        return
      }
    }
  }

  /** Calls of hosted tools are kept back; all else is passed on. */
  #hear(
    event: CallEvent,
    heard: { text: string; calls: MadeCall[]; hasOthers: boolean; end: EndEvent | undefined },
    passed: CallEvent[],
  ): void {
    if (event.type === 'end') heard.end = event
    if (event.type !== 'delta') return
    heard.text += event.text
    const others = []
    for (const piece of event.extra?.toolCalls ?? []) {
      const tool = piece.name === undefined ? undefined : this.#hosted.get(piece.name)
      if (tool) heard.calls[piece.index] = { id: crypto.randomUUID(), tool, arguments: piece.arguments }
      else if (piece.name === undefined && heard.calls[piece.index])
        heard.calls[piece.index] = {
          ...(heard.calls[piece.index] as MadeCall), // it is there: just asked
          arguments: (heard.calls[piece.index]?.arguments ?? '') + piece.arguments,
        }
      else others.push(piece)
    }
    if (others.length > 0) heard.hasOthers = true
    const { toolCalls: _, ...extra } = event.extra ?? {}
    if (event.text !== '' || others.length > 0 || extra.logprobs)
      passed.push({ ...event, extra: { ...extra, ...(others.length > 0 ? { toolCalls: others } : {}) } })
  }

  async *#run(heard: { text: string; calls: MadeCall[] }, signal: AbortSignal): AnswerStream {
    // Places of the client's own calls are empty.
    const calls = heard.calls.filter((call) => call !== undefined)
    if (calls.length === 0) return
    heard.calls = calls
    const results: Message[] = []
    for (const { id, tool, arguments: text } of calls) {
      const query = queryIn(text)
      yield [{ type: 'hosted.start', kind: tool.kind, query: query ?? '' }]
      const outcome = await this.#outcomeOf(tool, query, signal)
      this.#sources += outcome.sources.length
      yield [{ type: 'hosted.end', outcome }]
      results.push({ role: 'tool', content: outcome.shown, toolCallId: id })
    }
    const { prompt, tools } = this.#request
    if (prompt.kind !== 'chat') return
    const toolCalls = calls.map(({ id, tool, arguments: given }) => ({
      id,
      name: tool.definition.name,
      arguments: given,
    }))
    const asked: Message = { role: 'assistant', content: heard.text, toolCalls }
    this.#request = {
      ...this.#request,
      prompt: { kind: 'chat', messages: [...prompt.messages, asked, ...results] },
      // A call that was demanded has been made.
      ...(tools ? { tools: { ...tools, choice: 'auto' as const } } : {}),
    }
  }

  async #outcomeOf(tool: HostedTool, query: string | undefined, signal: AbortSignal): Promise<HostedOutcome> {
    this.#calls += 1
    if (this.#calls > this.#maxCalls) return failed('No more tools may be called: answer now.')
    if (query === undefined) return failed('The arguments are not {"query": "…"}.')
    try {
      return await tool.run(query, this.#sources + 1, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const { code, message } = toAppError(thrown)
      return failed(code === 'internal' ? 'The search failed.' : message)
    }
  }
}
