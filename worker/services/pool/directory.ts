import { DEFAULT_REGION } from '../../../shared/node.ts'
import type { NodeSample } from './figures/node-history.ts'
import type { NodeView } from './node-view.ts'
import type { PoolStub } from './pool-view.ts'

/** A node with the region that knows it. */
export interface RegionalView extends NodeView {
  region: string
}

export interface DirectoryOptions {
  /** The regions that have nodes. */
  listRegions: () => Promise<readonly string[]>
  pool: (region: string) => Pick<PoolStub, 'snapshot' | 'view' | 'history'>
}

export type Directory = ReturnType<typeof createDirectory>

/** The directories of all regions as they stand, from no cache: for those who list nodes. */
export function createDirectory({ listRegions, pool }: DirectoryOptions) {
  const regionNames = async () => [...new Set([DEFAULT_REGION, ...(await listRegions())])]

  /** Each node once: of one that changes its region, what was last heard of it. */
  function latest(views: readonly RegionalView[]): Map<string, RegionalView> {
    const nodes = new Map<string, RegionalView>()
    for (const view of views) {
      const known = nodes.get(view.nodeId)
      if (!known || known.since <= view.since) nodes.set(view.nodeId, view)
    }
    return nodes
  }

  return {
    async snapshot(): Promise<RegionalView[]> {
      const regions = await Promise.all(
        (await regionNames()).map(async (region) =>
          (await pool(region).snapshot()).map((view) => ({ ...view, region })),
        ),
      )
      return [...latest(regions.flat()).values()]
    },

    /** The last hour of each node; of one that changed its region, both parts. */
    async history(): Promise<Map<string, NodeSample[]>> {
      const regions = await Promise.all((await regionNames()).map((region) => pool(region).history()))
      const nodes = new Map<string, NodeSample[]>()
      for (const [nodeId, samples] of regions.flatMap((region) => [...region]))
        nodes.set(nodeId, [...(nodes.get(nodeId) ?? []), ...samples])
      for (const samples of nodes.values()) samples.sort((a, b) => a.at - b.at)
      return nodes
    },

    async view(nodeId: string): Promise<RegionalView | undefined> {
      const views = await Promise.all(
        (await regionNames()).map(async (region) => {
          const view = await pool(region).view(nodeId)
          return view ? [{ ...view, region }] : []
        }),
      )
      return latest(views.flat()).get(nodeId)
    },
  }
}
