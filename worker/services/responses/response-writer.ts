import type { AppError, ErrorCode } from '../../../shared/errors.ts'
import type {
  CallEvent,
  DeltaEvent,
  EndEvent,
  TokenLogprob,
  ToolCallDelta,
} from '../../../shared/generation.ts'
import type { HostedCall, HostedEvent, HostedOutcome, HostedSource } from './hosted/hosted-events.ts'
import { begun, ended, type HostedItem, hostedItem } from './hosted/hosted-items.ts'
import type {
  Annotation,
  FunctionCall,
  Item,
  ItemLogprob,
  ItemStatus,
  OutputText,
  SaidMessage,
} from './items.ts'
import { spellItemId } from './items.ts'
import {
  type ResponseBody,
  type ResponseError,
  type ResponseHead,
  type ResponseStatus,
  toResponseUsage,
} from './response-body.ts'

/** An event of OpenAI's stream of a response. */
export interface ResponseEvent {
  type: string
  sequence_number: number
  [field: string]: unknown
}

const ERROR_CODES: Partial<Record<ErrorCode, ResponseError['code']>> = {
  limit_exceeded: 'rate_limit_exceeded',
  invalid_request: 'invalid_prompt',
  context_length_exceeded: 'invalid_prompt',
}

/** OpenAI's words for why a response has failed. */
export const toResponseError = ({ code, message }: AppError): ResponseError => ({
  code: ERROR_CODES[code] ?? 'server_error',
  message,
})

const toLogprobs = (logprobs: readonly TokenLogprob[] = []): ItemLogprob[] =>
  logprobs.map(({ top, ...token }) => ({ ...token, top_logprobs: top }))

/** The markers of a text that name a source, `[1]` the first. */
function annotationsIn(text: string, sources: readonly HostedSource[]): Annotation[] {
  if (sources.length === 0) return []
  return [...text.matchAll(/\[(\d{1,3})\]/g)].flatMap((found): Annotation[] => {
    const source = sources[Number(found[1]) - 1]
    if (!source) return []
    const { index } = found
    if (source.kind === 'file')
      return [{ type: 'file_citation', file_id: source.fileId, filename: source.filename, index }]
    const { url, title } = source
    return [{ type: 'url_citation', url, title, start_index: index, end_index: index + found[0].length }]
  })
}

interface OpenItem<Opened extends Item> {
  item: Opened
  index: number
}

export interface WriterOptions {
  head: ResponseHead
  /** The row's id of the nth item: always the same one, so that a response is written twice with the same words. */
  itemId: (index: number) => string
  now?: () => number
  /** More that is shown. */
  include?: readonly string[] | undefined
}

/**
 * Writes what a model answers as a response: its items, and the events that tell of them, numbered from 0. Of the same
 * answer it writes the same.
 */
export class ResponseWriter {
  readonly #head: ResponseHead
  readonly #itemId: (index: number) => string
  readonly #now: () => number
  readonly #output: Item[] = []
  #status: ResponseStatus = 'in_progress'
  #error: ResponseError | null = null
  #end: EndEvent | undefined
  #completedAt: number | null = null
  #sequence = 0
  #message: OpenItem<SaidMessage> | undefined
  /** The part of the message that grows. */
  #part: OutputText | undefined
  #hosted: OpenItem<HostedItem> | undefined
  /** All that was found, by its number less one. */
  readonly #sources: HostedSource[] = []
  readonly #include: readonly string[]
  #call: (OpenItem<FunctionCall> & { callIndex: number }) | undefined

  constructor({ head, itemId, now = Date.now, include = [] }: WriterOptions) {
    this.#include = include
    this.#head = head
    this.#itemId = itemId
    this.#now = now
  }

  /** The response as it stands. */
  get body(): ResponseBody {
    return {
      ...this.#head,
      status: this.#status,
      error: this.#error,
      incomplete_details: this.#status === 'incomplete' ? { reason: 'max_output_tokens' as const } : null,
      output: [...this.#output],
      usage: this.#end ? toResponseUsage(this.#end.usage) : null,
      completed_at: this.#completedAt,
    }
  }

  /** How many events there were. */
  get count(): number {
    return this.#sequence
  }

  /** It waits to be begun. */
  queue(): ResponseEvent[] {
    this.#status = 'queued'
    return [this.#whole('response.created'), this.#whole('response.queued')]
  }

  /** The answer begins. */
  begin(): ResponseEvent[] {
    const isNew = this.#sequence === 0
    this.#status = 'in_progress'
    return [...(isNew ? [this.#whole('response.created')] : []), this.#whole('response.in_progress')]
  }

  /** A piece of the answer, or its end. */
  take(event: CallEvent | HostedEvent): ResponseEvent[] {
    if (event.type === 'hosted.start') return this.#startHosted(event.call)
    if (event.type === 'hosted.end') return this.#endHosted(event.outcome)
    if (event.type === 'hosted.listed' || event.type === 'hosted.approval') return this.#told(event)
    if (event.type === 'delta') return this.#delta(event)
    if (event.type !== 'end') return []
    this.#end = event
    if (event.finishReason === 'cancelled') return this.cancel()
    const isCut = event.finishReason === 'length'
    // An answer without a word is an answer too, but for one that waits for a person.
    const isSilent = this.#output.every(({ type }) => type === 'mcp_list_tools')
    const empty = isSilent ? this.#openMessage() : []
    return [...empty, ...this.#close(isCut ? 'incomplete' : 'completed'), ...this.#finish(isCut)]
  }

  /** The answer was stopped. OpenAI has no event of its own for it. */
  cancel(): ResponseEvent[] {
    const closing = this.#close('incomplete')
    this.#status = 'cancelled'
    this.#completedAt = null
    return [...closing, this.#whole('response.incomplete')]
  }

  /** The answer breaks off. */
  fail(error: AppError): ResponseEvent[] {
    const closing = this.#close('incomplete')
    this.#status = 'failed'
    this.#error = toResponseError(error)
    return [...closing, this.#whole('response.failed')]
  }

  /** A call begins: its item, and how far it has come. */
  #startHosted(call: HostedCall): ResponseEvent[] {
    const events = this.#close('completed')
    const index = this.#output.length
    const item = hostedItem(call, this.#itemId(index), this.#head.id)
    const opened = { item, index }
    this.#hosted = opened
    this.#output.push(item)
    return [
      ...events,
      this.#item('response.output_item.added', index, structuredClone(item)),
      ...begun(item, call).map(({ type, ...fields }) => this.#within(type, opened, fields)),
    ]
  }

  #endHosted(outcome: HostedOutcome): ResponseEvent[] {
    this.#sources.push(...outcome.sources)
    const open = this.#hosted
    this.#hosted = undefined
    if (!open) return []
    const type = ended(open.item, outcome, (field) => this.#shows(field))
    return [this.#within(type, open, {}), this.#item('response.output_item.done', open.index, open.item)]
  }

  /** A thing that is told at once, and whole. */
  #told(event: Extract<HostedEvent, { type: 'hosted.listed' | 'hosted.approval' }>): ResponseEvent[] {
    const events = this.#close('completed')
    const index = this.#output.length
    const rowId = this.#itemId(index)
    if (event.type === 'hosted.approval') {
      const { label: server_label, name, arguments: given } = event
      const id = spellItemId('mcp_approval_request', rowId)
      const item = { id, type: 'mcp_approval_request', server_label, name, arguments: given } as const
      this.#output.push(item)
      const [added, done] = ['response.output_item.added', 'response.output_item.done'] as const
      return [...events, this.#item(added, index, item), this.#item(done, index, item)]
    }
    const { label: server_label, tools } = event
    const head = { id: spellItemId('mcp_list_tools', rowId), type: 'mcp_list_tools', server_label } as const
    const item = { ...head, tools: [...tools], error: null }
    const opened = { item, index }
    this.#output.push(item)
    return [
      ...events,
      this.#item('response.output_item.added', index, { ...item, tools: [] }),
      this.#within('response.mcp_list_tools.in_progress', opened, {}),
      this.#within('response.mcp_list_tools.completed', opened, {}),
      this.#item('response.output_item.done', index, item),
    ]
  }

  #shows(field: string): boolean {
    return this.#include.includes(field)
  }

  #finish(isCut: boolean): ResponseEvent[] {
    this.#status = isCut ? 'incomplete' : 'completed'
    this.#completedAt = isCut ? null : Math.floor(this.#now() / 1_000)
    return [this.#whole(isCut ? 'response.incomplete' : 'response.completed')]
  }

  #delta({ text, extra }: DeltaEvent): ResponseEvent[] {
    const events = text === '' && !extra?.logprobs?.length ? [] : this.#text(text, extra?.logprobs)
    for (const call of extra?.toolCalls ?? []) events.push(...this.#argument(call))
    return events
  }

  #text(text: string, tokens: readonly TokenLogprob[] | undefined): ResponseEvent[] {
    const events = this.#message ? [] : [...this.#close('completed'), ...this.#openMessage()]
    const [open, part] = [this.#message, this.#part]
    if (!open || !part) return events
    part.text += text
    const logprobs = toLogprobs(tokens)
    part.logprobs.push(...logprobs)
    if (text !== '')
      events.push({
        type: 'response.output_text.delta',
        sequence_number: this.#sequence++,
        item_id: open.item.id,
        output_index: open.index,
        content_index: 0,
        delta: text,
        logprobs,
      })
    return events
  }

  #openMessage(): ResponseEvent[] {
    const index = this.#output.length
    const part: OutputText = { type: 'output_text', text: '', annotations: [], logprobs: [] }
    const id = spellItemId('message', this.#itemId(index))
    const item: SaidMessage = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] }
    this.#message = { item, index }
    this.#part = part
    this.#output.push(item)
    const added = this.#item('response.output_item.added', index, { ...item, content: [] })
    item.content.push(part)
    return [
      added,
      this.#within('response.content_part.added', this.#message, {
        content_index: 0,
        part: { ...part, logprobs: [] },
      }),
    ]
  }

  #argument({ index: callIndex, name = '', arguments: piece }: ToolCallDelta): ResponseEvent[] {
    const events: ResponseEvent[] = []
    if (this.#call?.callIndex !== callIndex) {
      events.push(...this.#close('completed'))
      const index = this.#output.length
      const rowId = this.#itemId(index)
      const item: FunctionCall = {
        id: spellItemId('function_call', rowId),
        type: 'function_call',
        call_id: `call_${rowId}`,
        name,
        arguments: '',
        status: 'in_progress',
      }
      this.#call = { item, index, callIndex }
      this.#output.push(item)
      events.push(this.#item('response.output_item.added', index, { ...item }))
    }
    const open = this.#call
    if (!open || piece === '') return events
    open.item.arguments += piece
    events.push(this.#within('response.function_call_arguments.delta', open, { delta: piece }))
    return events
  }

  /** Ends the item that grows. */
  #close(status: ItemStatus): ResponseEvent[] {
    const events: ResponseEvent[] = []
    const [message, part, call] = [this.#message, this.#part, this.#call]
    if (this.#hosted) events.push(...this.#endHosted({ ok: false, shown: '', sources: [] }))
    this.#message = undefined
    this.#part = undefined
    this.#call = undefined
    if (message && part) {
      message.item.status = status
      const { text, logprobs } = part
      const at = { content_index: 0 }
      part.annotations = annotationsIn(text, this.#sources)
      events.push(
        ...part.annotations.map((annotation, annotation_index) =>
          this.#within('response.output_text.annotation.added', message, {
            ...at,
            annotation_index,
            annotation,
          }),
        ),
        this.#within('response.output_text.done', message, { ...at, text, logprobs }),
        this.#within('response.content_part.done', message, { ...at, part }),
        this.#item('response.output_item.done', message.index, message.item),
      )
    }
    if (call) {
      call.item.status = status
      const { name, arguments: text } = call.item
      events.push(
        this.#within('response.function_call_arguments.done', call, { name, arguments: text }),
        this.#item('response.output_item.done', call.index, call.item),
      )
    }
    return events
  }

  #whole(type: string): ResponseEvent {
    return { type, sequence_number: this.#sequence++, response: this.body }
  }

  #item(type: string, index: number, item: Item): ResponseEvent {
    return { type, sequence_number: this.#sequence++, output_index: index, item }
  }

  #within(type: string, { item, index }: OpenItem<Item>, fields: object): ResponseEvent {
    return { type, sequence_number: this.#sequence++, item_id: item.id, output_index: index, ...fields }
  }
}
