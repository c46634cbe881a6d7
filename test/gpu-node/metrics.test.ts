import { afterEach, describe, expect, it } from 'vitest'
import { EngineMetrics } from '../../gpu-node/engine/engine-metrics.ts'
import { defaultThreads } from '../../gpu-node/engine/llama.ts'
import { defaultMemoryMiB } from '../../gpu-node/memory.ts'
import { type MetricsServer, serveMetrics } from '../../gpu-node/metrics-server.ts'
import { trainingThreads } from '../../gpu-node/serving.ts'
import { formatMetrics } from '../../shared/prometheus.ts'
import { MIB } from '../../shared/units.ts'
import { endOf, MODEL, startOf } from './fake-engine.ts'

/** The value of a series, as its text stands. */
const seriesValue = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

describe('EngineMetrics', () => {
  it('counts what passes through an engine', () => {
    let now = 0
    const metrics = new EngineMetrics(() => now)
    metrics.begin(startOf('a'))
    metrics.begin(startOf('b'))
    now = 100
    metrics.take({ type: 'step', step: [['a', '', [], { unenforced: [] }]] })
    now = 400
    metrics.take({
      type: 'step',
      step: [
        ['a', 'x', [1]],
        ['b', '', [2]],
      ],
    })
    now = 430
    metrics.take({
      type: 'step',
      step: [
        ['a', 'yz', [3, 4]],
        ['b', '', [2]],
      ],
    })
    metrics.take({ ...endOf('a'), usage: { promptTokens: 10, cachedPromptTokens: 7, completionTokens: 3 } })
    metrics.take({ type: 'call.error', callId: 'b', code: 'node_failed', message: 'It broke.' })
    metrics.restarts.add(1)
    const text = formatMetrics(metrics.read())
    const expected = {
      switchyard_node_generated_tokens_total: 5,
      switchyard_node_prompt_tokens_computed_total: 3,
      switchyard_node_prompt_tokens_cached_total: 7,
      'switchyard_node_errors_total{code="node_failed"}': 1,
      switchyard_node_engine_crashes_total: 1,
      switchyard_node_first_token_seconds_count: 2,
      switchyard_node_first_token_seconds_sum: 0.8,
      switchyard_node_decode_step_seconds_count: 1,
      switchyard_node_decode_step_seconds_sum: 0.03,
    }
    for (const [series, value] of Object.entries(expected))
      expect([series, seriesValue(text, series)]).toEqual([series, value])
  })

  it('counts a token that ended a generation without text, and none that another node made', () => {
    const metrics = new EngineMetrics()
    const { request } = startOf('a')
    metrics.begin({ ...startOf('a'), request: { ...request, resume: [7, 8] } })
    metrics.take({ type: 'step', step: [['a', 'x', [1]]] })
    metrics.take({ ...endOf('a'), usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 4 } })
    const generated = () =>
      seriesValue(formatMetrics(metrics.read()), 'switchyard_node_generated_tokens_total')
    expect(generated()).toBe(2)
    metrics.begin(startOf('b'))
    metrics.take({ ...endOf('b'), usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 0 } })
    expect(generated()).toBe(2)
  })

  it('tells what is loaded and how busy it is, and leaves out what cannot be measured', () => {
    const metrics = new EngineMetrics()
    const done = async () => {}
    const runner = { holding: MODEL, openCalls: 3, memory: undefined, pid: 1 }
    metrics.watch({
      residency: {
        holdings: [
          { ...MODEL, adapters: ['x', 'y'].map((suffix) => ({ suffix, createdAt: 0 })) },
          {
            ...MODEL,
            id: 'b',
            residence: 'disk',
            adapters: [{ suffix: 'x', createdAt: 0, residence: 'disk' }],
          },
        ],
        runners: [
          { ...runner, start: done, openAdapter: done, closeAdapter: done, send: () => {}, close: done },
        ],
        waitingCalls: 4,
      },
      readGauge: () => ({ rssMiB: 2, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 1.5 }),
    })
    const text = formatMetrics(metrics.read())
    expect(seriesValue(text, 'switchyard_node_slots')).toBe(2)
    expect(seriesValue(text, 'switchyard_node_slots_busy')).toBe(2)
    expect(seriesValue(text, 'switchyard_node_queued_calls')).toBe(5)
    expect(seriesValue(text, 'switchyard_node_models')).toBe(2)
    expect(seriesValue(text, 'switchyard_node_models_loaded')).toBe(1)
    expect(seriesValue(text, 'switchyard_node_adapters')).toBe(3)
    expect(seriesValue(text, 'switchyard_node_adapters_loaded')).toBe(2)
    expect(seriesValue(text, 'switchyard_node_resident_memory_bytes')).toBe(2 * MIB)
    expect(seriesValue(text, 'switchyard_node_vram_bytes')).toBeUndefined()
  })
})

describe('serveMetrics', () => {
  const servers: MetricsServer[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })
  const start = async (port = 0) => {
    const server = await serveMetrics(port, () => new EngineMetrics().read())
    servers.push(server)
    return server
  }

  it('answers GET /metrics and nothing else', async () => {
    const { port } = await start()
    const origin = `http://127.0.0.1:${port}`
    const response = await fetch(`${origin}/metrics`)
    expect(response.headers.get('content-type')).toContain('version=0.0.4')
    expect(await response.text()).toContain('# TYPE switchyard_node_generated_tokens_total counter')
    expect((await fetch(`${origin}/`)).status).toBe(404)
    expect((await fetch(`${origin}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('says in one sentence that its port is taken', async () => {
    const { port } = await start()
    await expect(start(port)).rejects.toThrow(
      `The metrics cannot be served on port ${port}: it is in use or not allowed.`,
    )
  })
})

describe('defaults of a machine', () => {
  it.each([
    [1, 1],
    [2, 1],
    [16, 15],
  ])('with %i cores are %i threads', (cores, threads) => {
    expect(defaultThreads(cores)).toBe(threads)
  })

  it.each([
    [1, 1, 1, 1],
    [2, 1, 1, 1],
    [16, 4, 1, 12],
    [16, 4, 5, 2],
    [16, 16, 2, 1],
  ])(
    'with %i cores, of which serving takes %i, %i jobs have %i threads each',
    (cores, serving, slots, threads) => {
      expect(trainingThreads(cores, serving, slots)).toBe(threads)
    },
  )

  it('are four fifths of what is free, or of the GPUs where that is more', () => {
    const gpus = [{ name: 'gpu', vramMiB: 10_000 }]
    expect(defaultMemoryMiB({ gpus: [] }, 1_000 * MIB)).toBe(800)
    expect(defaultMemoryMiB({ gpus }, 1_000 * MIB)).toBe(8_000)
  })
})
