import { Agent } from 'node:http'
import { join } from 'node:path'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { streamChat } from '../clients/chat-client.ts'
import { type BenchEdge, startEdge } from '../edge.ts'
import { ensureModel, randomText } from '../engine/model-maker.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import { type MovingNode, MovingNodes } from './nodes.ts'

const MODEL = 'bench-135m'
const NODES = 2
const KILLS = 8
const PROMPT_WORDS = 192
const ANSWER_TOKENS = 160
/** A node dies when so many pieces of the answer have arrived. */
const KILL_AFTER_PIECES = 64
const CONTEXT_TOKENS = 1_024
/** The time that a move may take besides computing the prefix again. */
const MOVE_LIMIT_MS = 1_000

interface Move {
  /** The longest pause between two pieces after the kill. */
  gapMs: number
  prefillMs: number
}

/** The node that has sent the most steps since `before`. */
async function busiest(nodes: readonly MovingNode[], before: readonly number[], signal: AbortSignal) {
  const now = await stepsOf(nodes, signal)
  const grown = now.map((steps, index) => steps - (before[index] ?? 0))
  const [victim, ...others] = nodes.toSorted((a, b) => {
    return (grown[nodes.indexOf(b)] ?? 0) - (grown[nodes.indexOf(a)] ?? 0)
  })
  const [survivor] = others
  if (victim === undefined || survivor === undefined) throw new RangeError('A move takes two nodes.')
  return { victim, survivor }
}

const stepsOf = (nodes: readonly MovingNode[], signal: AbortSignal) =>
  Promise.all(nodes.map((node) => node.ask('relayedSteps', undefined, signal)))

const promptOf = (words: number, seed: number) => [
  { role: 'user' as const, content: randomText(words, seed) },
]

/** How long a node takes to compute as long a prefix, which it has not seen, and one token: without edge and link. */
async function prefillMs(node: MovingNode, seed: number, signal: AbortSignal): Promise<number> {
  const request = {
    model: MODEL,
    prompt: { kind: 'chat' as const, messages: promptOf(PROMPT_WORDS + KILL_AFTER_PIECES, seed) },
    sampling: {
      ...{ temperature: 0, topP: 1, topK: 0, minP: 0, seed },
      ...{ frequencyPenalty: 0, presencePenalty: 0 },
    },
    maxTokens: 1,
    stop: [],
    format: 'text' as const,
  }
  return (await node.ask('round', { requests: [request] }, signal)).ms
}

/** One stream whose node is killed in the middle of it. Leaves all nodes running. */
async function killAndWatch(
  edge: BenchEdge,
  nodes: MovingNodes,
  seed: number,
  context: BenchContext,
): Promise<Move> {
  const { signal } = context
  const before = await stepsOf(nodes.all, signal)
  const arrivals: number[] = []
  const middle = Promise.withResolvers<void>()
  const answer = streamChat(
    { origin: edge.origin, apiKey: edge.apiKey },
    { model: MODEL, messages: promptOf(PROMPT_WORDS, seed), max_tokens: ANSWER_TOKENS, temperature: 0 },
    {
      agent: new Agent(),
      onContent: () => {
        arrivals.push(performance.now())
        if (arrivals.length === KILL_AFTER_PIECES) middle.resolve()
      },
    },
  )
  await Promise.race([middle.promise, answer])
  const { victim, survivor } = await busiest(nodes.all, before, signal)
  victim.kill()
  const killedAt = performance.now()
  const { outputTokens } = await answer
  if (outputTokens !== ANSWER_TOKENS) throw new Error(`The answer has ${outputTokens} tokens.`)
  const pauses = arrivals.flatMap((at, index) => {
    const last = arrivals[index - 1]
    return last !== undefined && at > killedAt ? at - last : []
  })
  const alone = await prefillMs(survivor, KILLS + seed, signal)
  await nodes.revive(victim)
  return { gapMs: percentile(pauses, 1), prefillMs: alone }
}

async function measure(edge: BenchEdge, nodes: MovingNodes, context: BenchContext): Promise<Figure[]> {
  const moves: Move[] = []
  context.note(`killing a node in the middle of a stream, ${KILLS} times`)
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const one = await killAndWatch(edge, nodes, kill, context)
    context.note(`${one.gapMs.toFixed(0)} ms, of which prefill ${one.prefillMs.toFixed(0)} ms`)
    moves.push(one)
  }
  const gaps = moves.map(({ gapMs }) => gapMs)
  const prefills = moves.map(({ prefillMs: ms }) => ms)
  const costs = moves.map(({ gapMs, prefillMs: ms }) => gapMs - ms)
  return [
    { name: 'pause of the stream, p50', value: median(gaps), unit: 'ms', spread: spreadOf(gaps) },
    {
      name: `prefill alone of ${PROMPT_WORDS + KILL_AFTER_PIECES} tokens, p50`,
      value: median(prefills),
      unit: 'ms',
      spread: spreadOf(prefills),
    },
    { name: 'pause − prefill, p50', value: median(costs), unit: 'ms', target: { atMost: MOVE_LIMIT_MS } },
    {
      name: 'pause − prefill, longest',
      value: percentile(costs, 1),
      unit: 'ms',
      target: { atMost: MOVE_LIMIT_MS },
    },
  ]
}

/** The bench of what a client notices of a node that dies. */
export const move: Bench = {
  name: 'move',
  summary: 'how long a stream pauses when its node is killed, beside the prefill of its prefix alone',
  async run(context) {
    const file = join(context.cacheDir, `${MODEL}-q8_0.gguf`)
    await ensureModel(file)
    const model = { id: MODEL, path: file, slots: 4, contextTokens: CONTEXT_TOKENS }
    const edge = await startEdge(context)
    const nodes = new MovingNodes(edge, context, model)
    try {
      await nodes.start(NODES)
      return await measure(edge, nodes, context)
    } finally {
      await nodes.stop()
      await edge.stop()
    }
  },
}
