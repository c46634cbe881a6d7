import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { ensureModel, randomTokens, type SHAPES } from '../engine/model-maker.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import type { ProbedNodeApi, ProbedRound } from './probed-node.ts'

const HOST = '127.0.0.1'
const CONTEXT_TOKENS = 1_024
const PROMPT_TOKENS = 24
const ANSWER_TOKENS = 64
const ROUNDS = 7

interface Setup {
  size: keyof typeof SHAPES
  streams: readonly number[]
}

const SETUPS: readonly Setup[] = [
  { size: '135m', streams: [8] },
  { size: '30m', streams: [8, 16, 32] },
]

/** The share of a step in which nothing may be computed. */
const MAX_BETWEEN = 0.05

const stepMsOf = ({ steps, decodeMs, sampleMs, betweenMs }: ProbedRound): number =>
  (decodeMs + sampleMs + betweenMs) / steps

function figuresOf(name: string, rounds: readonly ProbedRound[]): Figure[] {
  const figure = (what: string, unit: string, of: (round: ProbedRound) => number): Figure => {
    const values = rounds.map(of)
    return { name: `${name}: ${what}`, value: median(values), unit, spread: spreadOf(values) }
  }
  const perStep = (what: string, of: (round: ProbedRound) => number) =>
    figure(what, 'ms', (round) => of(round) / round.steps)
  return [
    figure('a step', 'ms', stepMsOf),
    perStep('llama.cpp decodes', ({ decodeMs }) => decodeMs),
    perStep('llama.cpp samples', ({ sampleMs }) => sampleMs),
    perStep('JavaScript in between', ({ betweenMs }) => betweenMs),
    {
      ...figure('in between ÷ step', '', (round) => round.betweenMs / round.steps / stepMsOf(round)),
      target: { atMost: MAX_BETWEEN },
    },
    perStep('beside a decode: text to the node', ({ tellMs }) => tellMs),
    perStep('beside a decode: node to socket', ({ sendMs }) => sendMs),
    perStep("CPU of the child's JavaScript", ({ mainCpuMs }) => mainCpuMs),
    perStep("CPU of the child's other threads", ({ cpuMs, mainCpuMs }) => cpuMs - mainCpuMs),
    perStep('CPU of the node', ({ nodeCpuMs }) => nodeCpuMs),
  ]
}

async function measure({ size, streams }: Setup, sink: string, context: BenchContext): Promise<Figure[]> {
  const { cacheDir, profileDir, signal, threads, note } = context
  const path = join(cacheDir, `bench-${size}-q8_0.gguf`)
  await ensureModel(path, { size })
  const file = new URL('./probed-node.ts', import.meta.url)
  const node = new HelperProcess<ProbedNodeApi>({ file, profileDir })
  let seed = 0
  const round = (count: number): Promise<ProbedRound> => {
    const jobs = Array.from({ length: count }, () => {
      seed += 1
      return { prompt: randomTokens(PROMPT_TOKENS, seed), answerTokens: ANSWER_TOKENS, seed }
    })
    return node.ask('round', { jobs }, signal)
  }
  try {
    const model = { path, slots: Math.max(...streams), contextTokens: CONTEXT_TOKENS }
    await node.ask('start', { model, threads, sink }, signal)
    const figures: Figure[] = []
    for (const count of streams) {
      await round(count) // compilers settle
      const rounds: ProbedRound[] = []
      while (rounds.length < ROUNDS) rounds.push(await round(count))
      note(`${size}, ${count} streams: ${median(rounds.map(stepMsOf)).toFixed(2)} ms a step`)
      figures.push(...figuresOf(`${size}, ${count} streams`, rounds))
    }
    return figures
  } finally {
    await node.stop()
  }
}

/** The bench of where the time of a decode step goes, from the batch to the socket. */
export const step: Bench = {
  name: 'step',
  summary: 'where the time of a decode step of 8 to 32 streams goes, from the batch to the socket',
  async run(context) {
    const server = new WebSocketServer({ host: HOST, port: 0 })
    try {
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo // it listens on a port
      const sink = `ws://${HOST}:${port}`
      const figures: Figure[] = []
      for (const setup of SETUPS) figures.push(...(await measure(setup, sink, context)))
      return figures
    } finally {
      for (const socket of server.clients) socket.terminate()
      server.close()
    }
  },
}
