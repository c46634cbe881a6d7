import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { buildConsole } from '../../console/build.ts'
import type { Bench, BenchContext } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import type { NullNodeApi } from '../nodes/null-node.ts'
import { type NullPool, withNullPool } from '../nodes/null-pool.ts'
import { median, spreadOf } from '../statistics.ts'
import { withConsole } from './browser.ts'

/** Nodes of which one after another is drained. */
const NODES = 5

/** More nodes for a pool, until `measure` is done. */
async function withMoreNodes<Result>(
  { edge }: NullPool,
  { scratchDir, profileDir, signal }: BenchContext,
  measure: () => Promise<Result>,
): Promise<Result> {
  const nodes: HelperProcess<NullNodeApi>[] = []
  try {
    for (let more = 1; more < NODES; more += 1) {
      const file = new URL('../nodes/null-node.ts', import.meta.url)
      const node = new HelperProcess<NullNodeApi>({ file, profileDir })
      nodes.push(node)
      const stateDir = await mkdtemp(join(scratchDir, 'node-'))
      const place = { edge: edge.origin, joinToken: await edge.createJoinToken(), stateDir }
      await node.ask('start', { place }, signal)
    }
    return await measure()
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

/** Drains each node, and returns the milliseconds from each request until the page shows it. */
async function changes({ edge }: NullPool, page: Page, signal: AbortSignal): Promise<number[]> {
  const send = async (path: string, method: string) => {
    const headers = { authorization: `Bearer ${edge.apiKey}` }
    const response = await fetch(`${edge.origin}/v1/nodes${path}`, { method, headers, signal })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
    return response
  }
  const online = page.getByRole('region').getByText('online', { exact: true })
  await page.goto(`${edge.origin}/console/nodes`)
  await online.nth(NODES - 1).waitFor()
  const { data } = (await (await send('', 'GET')).json()) as { data: { id: string }[] }
  const took: number[] = []
  for (const [index, { id }] of data.entries()) {
    const startedAt = performance.now()
    const drained = send(`/${id}/drain`, 'POST')
    await online.nth(NODES - 1 - index).waitFor({ state: 'detached' })
    took.push(performance.now() - startedAt)
    await drained
  }
  return took
}

/** How soon the page of nodes shows what has become of one. */
export const consoleNodes: Bench = {
  name: 'console:nodes',
  summary: 'how soon a change of a node is on the screen',
  async run(context) {
    await buildConsole()
    const took = await withNullPool(context, {}, (pool) =>
      withMoreNodes(pool, context, () =>
        withConsole(pool.edge.origin, ({ page }) => changes(pool, page, context.signal)),
      ),
    )
    const [least, most] = spreadOf(took)
    return [
      {
        name: 'node change to screen',
        value: median(took),
        spread: [least, most],
        unit: 'ms',
        target: { atMost: 1_500 },
      },
    ]
  },
}
