import { AppError } from '../../../shared/errors.ts'
import type { CallEvent, EndEvent, TokenLogprob, Usage } from '../../../shared/generation.ts'
import { SSE_KEEP_ALIVE, sseData } from '../../http/sse.ts'
import type { CallStream } from '../../services/inference/call-run.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { Answer, ChunkSpelling, Piece } from './answer-form.ts'

/** Reads a generation to its end. Throws `node_failed` for one that has none, or leaves out a tool call. */
export async function collectAnswer(stream: CallStream): Promise<Answer> {
  let text = ''
  const toolCalls: Answer['toolCalls'] = []
  const logprobs: TokenLogprob[] = []
  let end: EndEvent | undefined
  for await (const events of stream) {
    for (const event of events) {
      if (event.type === 'end') end = event
      if (event.type !== 'delta') continue
      text += event.text
      logprobs.push(...(event.extra?.logprobs ?? []))
      for (const { index, name, arguments: piece } of event.extra?.toolCalls ?? []) {
        if (index > toolCalls.length) throw new AppError('node_failed', 'The node left out a tool call.')
        const call = toolCalls[index] ?? { name: name ?? '', arguments: '' }
        toolCalls[index] = { ...call, arguments: call.arguments + piece }
      }
    }
  }
  if (!end) throw new AppError('node_failed', 'The answer broke off.')
  return { text, toolCalls, logprobs, finishReason: end.finishReason, usage: end.usage }
}

interface Indexed {
  index: number
  events: CallEvent[]
}

/** Several generations as one stream, in order of arrival. Leaving it leaves all of them. */
async function* interleave(streams: readonly CallStream[]): AsyncGenerator<Indexed, void, void> {
  const advance = (index: number) =>
    (streams[index] as CallStream).next().then((result) => ({ index, result })) // index comes from the array itself
  const waiting = new Map(streams.map((_, index) => [index, advance(index)]))
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values())
      if (result.done) waiting.delete(index)
      else {
        waiting.set(index, advance(index))
        yield { index, events: result.value }
      }
    }
  } finally {
    // A stream whose `next` is under way settles its `return` after it; the signal has woken it.
    for (const pending of waiting.values()) pending.catch(() => {})
    for (const stream of streams) stream.return().catch(() => {})
  }
}

async function* single(stream: CallStream): AsyncGenerator<Indexed, void, void> {
  for await (const events of stream) yield { index: 0, events }
}

const piecesOf = (event: CallEvent): Piece | undefined => {
  if (event.type === 'delta') {
    return event.text === '' && !event.extra ? undefined : { type: 'delta', delta: event }
  }
  return event.type === 'end' ? { type: 'end', finishReason: event.finishReason } : undefined
}

/** Generations as server-sent events in one form's spelling, closed by `[DONE]`. */
export async function* streamAnswers(
  streams: readonly CallStream[],
  spelling: ChunkSpelling,
  includeUsage: boolean,
): AsyncGenerator<string, void, void> {
  const [first, ...others] = streams
  if (!first) return
  const usages: Usage[] = []
  const started = new Set<number>()
  let writtenAt = Date.now()
  for await (const { index, events } of others.length === 0 ? single(first) : interleave(streams)) {
    let text = ''
    const write = (piece: Piece) => {
      const chunk = spelling.piece(index, piece)
      if (chunk) text += sseData(chunk)
    }
    if (events.length > 0 && !started.has(index)) {
      started.add(index)
      write({ type: 'start' })
    }
    for (const event of events) {
      const piece = piecesOf(event)
      if (piece) write(piece)
      if (event.type === 'end') usages[index] = event.usage
    }
    // Tokens may come for long without text: only what is written tells that the reader has left.
    if (text === '' && events.length > 0 && Date.now() - writtenAt < KEEP_ALIVE_MS) continue
    writtenAt = Date.now()
    yield text === '' ? SSE_KEEP_ALIVE : text
  }
  const usage = includeUsage ? sseData(spelling.usage(usages)) : ''
  yield `${usage}data: [DONE]\n\n`
}
