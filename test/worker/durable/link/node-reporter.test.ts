import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { NodeReporter, REPORT_INTERVAL_MS } from '../../../../worker/durable/link/node-reporter.ts'
import type { NodeReport } from '../../../../worker/services/pool/node-view.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function createReporter(failure?: Error) {
  const sent: [nodeId: string, report: NodeReport][] = []
  const lines: string[] = []
  const work: Promise<unknown>[] = []
  const reporter = new NodeReporter({
    send: async (nodeId, report) => {
      sent.push([nodeId, report])
      if (failure) throw failure
    },
    waitUntil: (promise) => void work.push(promise),
    log: createLogger((line) => lines.push(line)),
  })
  return { reporter, sent, lines, work }
}

describe('NodeReporter', () => {
  it('tells what happens at once, and keeps its object alive for it', () => {
    const { reporter, sent, work } = createReporter()
    reporter.tell('a', { linked: true })
    expect(sent).toEqual([['a', { linked: true }]])
    expect(work).toHaveLength(1)
  })

  it('tells once in an interval, with what is true at its end', () => {
    const { reporter, sent } = createReporter()
    let openCalls = 1
    const tellSoon = () => reporter.tellSoon(() => ({ nodeId: 'a', report: { openCalls } }))
    tellSoon()
    openCalls = 2
    tellSoon()
    vi.advanceTimersByTime(REPORT_INTERVAL_MS - 1)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual([['a', { openCalls: 2 }]])
    tellSoon()
    vi.advanceTimersByTime(REPORT_INTERVAL_MS)
    expect(sent).toHaveLength(2)
  })

  it('has nothing to tell when the link is gone by then', () => {
    const { reporter, sent } = createReporter()
    reporter.tellSoon(() => undefined)
    vi.advanceTimersByTime(REPORT_INTERVAL_MS)
    expect(sent).toEqual([])
  })

  it('logs a report that did not arrive, and fails nobody', async () => {
    const { reporter, lines, work } = createReporter(new Error('no directory'))
    reporter.tell('a', { linked: true })
    await Promise.all(work)
    expect(lines.join()).toMatch(/pool\.report_failed.*no directory/)
  })
})
