import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, serve } from '../helper-process.ts'
import { percentile } from '../statistics.ts'
import { type ChatBody, type ChatOutcome, type ChatTarget, streamChat } from './chat-client.ts'
import { streamResponse } from './response-client.ts'

// The client's process: it shares no event loop with the node, so that neither holds the other up.

/** Streams that each ask again and again for a while. */
export interface FloodJob {
  /** `chat` where none is named. */
  api?: 'chat' | 'responses'
  target: ChatTarget
  body: ChatBody
  streams: number
  /** Not measured: compilers and buffers settle. */
  warmUpSeconds: number
  seconds: number
  /** The text of one token, by which tokens are counted. */
  tokenText: string
}

export interface FloodResult {
  /** Of each measured second. */
  tokensPerSecond: number[]
  eventsPerSecond: number[]
  /** Milliseconds between two pieces of text of one stream, over all streams in the measured seconds. */
  gaps: { longOfAHundred: number; longest: number }
  /** From the first request to the last answer's end, measured or not. */
  tokens: number
  answers: number
  cpuMs: number
}

async function flood({
  api = 'chat',
  target,
  body,
  streams,
  warmUpSeconds,
  seconds,
  tokenText,
}: FloodJob): Promise<FloodResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams })
  const all = warmUpSeconds + seconds
  const [tokens, events] = [new Array<number>(all).fill(0), new Array<number>(all).fill(0)]
  const startedAt = performance.now()
  const cpuAtStart = cpuMs()
  const result = { tokens: 0, answers: 0 }
  const gaps: number[] = []
  const onContentOfAnswer = () => {
    let last: number | undefined
    return (text: string) => {
      const [count, now] = [text.length / tokenText.length, performance.now()]
      const second = Math.floor((now - startedAt) / 1_000)
      result.tokens += count
      if (second < all) {
        tokens[second] = (tokens[second] ?? 0) + count
        events[second] = (events[second] ?? 0) + 1
      }
      if (last !== undefined && second >= warmUpSeconds && second < all) gaps.push(now - last)
      last = now
    }
  }
  const ask = api === 'chat' ? streamChat : streamResponse
  const isOver = () => performance.now() - startedAt >= all * 1_000
  const stream = async () => {
    while (!isOver()) {
      const { outputTokens } = await ask(target, body, { agent, onContent: onContentOfAnswer() })
      if (outputTokens !== body.max_tokens) throw new Error(`An answer has ${outputTokens} tokens.`)
      result.answers += 1
    }
  }
  await Promise.all(Array.from({ length: streams }, stream))
  agent.destroy()
  if (result.tokens !== result.answers * body.max_tokens) throw new Error('Tokens were lost or repeated.')
  return {
    ...result,
    tokensPerSecond: tokens.slice(warmUpSeconds),
    eventsPerSecond: events.slice(warmUpSeconds),
    gaps: {
      longOfAHundred: percentile(gaps, 0.99),
      longest: percentile(gaps, 1),
    },
    cpuMs: cpuMs() - cpuAtStart,
  }
}

/** One request after the other over one connection. */
export interface SequenceJob {
  target: ChatTarget
  body: ChatBody
  warmUps: number
  requests: number
  pauseMs: number
}

async function sequence({ target, body, warmUps, requests, pauseMs }: SequenceJob): Promise<ChatOutcome[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const outcomes: ChatOutcome[] = []
  for (let number = -warmUps; number < requests; number += 1) {
    if (pauseMs > 0) await sleep(pauseMs)
    const outcome = await streamChat(target, body, { agent, onContent: () => {} })
    if (number >= 0) outcomes.push(outcome)
  }
  agent.destroy()
  return outcomes
}

/** Requests that are sent together. */
export interface RoundJob {
  target: ChatTarget
  bodies: ChatBody[]
}

export interface RoundResult {
  /** From the first request to the end of the last answer. */
  ms: number
  outputTokens: number
  cpuMs: number
}

const roundAgent = new Agent({ keepAlive: true, maxSockets: 64 })

async function round({ target, bodies }: RoundJob): Promise<RoundResult> {
  const [startedAt, cpuAtStart] = [performance.now(), cpuMs()]
  const ask = (body: ChatBody) => streamChat(target, body, { agent: roundAgent, onContent: () => {} })
  const outcomes = await Promise.all(bodies.map(ask))
  return {
    ms: performance.now() - startedAt,
    outputTokens: outcomes.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    cpuMs: cpuMs() - cpuAtStart,
  }
}

const api = { flood, sequence, round }
export type LoadClientApi = typeof api

serve(api)
