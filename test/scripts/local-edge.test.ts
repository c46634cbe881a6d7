import { readFile } from 'node:fs/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { EACH_HOUR, EACH_MINUTE, keepTime } from '../../scripts/edge/clock.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('does each minute and each hour what the clock of production does, also when the edge was away', async () => {
  vi.useFakeTimers()
  const rung: (string | null)[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { searchParams } = new URL(url)
    rung.push(searchParams.get('cron'))
    if (rung.length === 1) throw new Error('The edge is away.')
    return new Response('ok')
  })
  const stop = keepTime('http://127.0.0.1:1')
  await vi.advanceTimersByTimeAsync(120 * 60_000)
  expect(rung.filter((cron) => cron === EACH_MINUTE)).toHaveLength(120)
  expect(rung.filter((cron) => cron === EACH_HOUR)).toHaveLength(2)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(rung).toHaveLength(122)
})

it('knows the crons of wrangler.toml', async () => {
  const [, list = ''] = /^crons = \[(.*)\]$/m.exec(await readFile('wrangler.toml', 'utf8')) ?? []
  expect([EACH_HOUR, EACH_MINUTE].map((cron) => `"${cron}"`).join(', ')).toBe(list)
})
