import type { z } from 'zod'
import type { Model } from '../../surfaces/openai/schemas/model.ts'
import type { NodeList } from '../../surfaces/openai/schemas/node.ts'
import type { Model as Measured } from '../../surfaces/rajora/chat-schemas.ts'
import { count, duration, NOTHING } from '../kit/format.ts'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { Table } from '../kit/table.tsx'
import { askJson } from '../session/api.ts'
import { isAdministrator } from '../session/session.ts'
import { Page } from '../shell/page.tsx'

type Node = z.infer<typeof NodeList>['data'][number]
type Held = Node['models'][number] & { node: string }

/** A model with all that is known of it. */
interface Row {
  id: string
  parent: string | undefined
  measured: z.infer<typeof Measured> | undefined
  context: number | null
  /** Which nodes hold it; undefined for whoever may not know nodes. */
  held: readonly Held[] | undefined
}

/** The catalogue has what was measured; nodes, where it lies. */
async function readModels(signal: AbortSignal): Promise<Row[]> {
  const [{ data }, catalogue, nodes] = await Promise.all([
    askJson<{ data: z.infer<typeof Model>[] }>('/v1/models', { signal }),
    askJson<z.infer<typeof Measured>[]>('/rajora/api/models/list', { signal }),
    isAdministrator.peek() ? askJson<z.infer<typeof NodeList>>('/v1/nodes', { signal }) : undefined,
  ])
  const held = nodes?.data.flatMap(({ name, models }) => models.map((model) => ({ ...model, node: name })))
  return data.map(({ id, parent, context_length }) => ({
    id,
    parent,
    measured: catalogue.find((model) => model.id === id),
    context: context_length,
    held: held?.filter((model) => model.id === id),
  }))
}

const RESIDENCE = { loaded: 'in memory', loading: 'being loaded', disk: 'on disk' } as const

const Places = ({ held }: Row) =>
  held === undefined || held.length === 0 ? (
    NOTHING
  ) : (
    <ul class="plain">
      {held.map(({ node, residence }) => (
        <li key={node}>
          <bdi>{node}</bdi>: {RESIDENCE[residence]}
        </li>
      ))}
    </ul>
  )

const Adapters = ({ held }: Row) => {
  const ids = new Set(held?.flatMap(({ adapters }) => adapters.map(({ id }) => id)))
  return ids.size === 0 ? NOTHING : [...ids].join(', ')
}

/** The models that can be asked now, with what was measured of them in the last day. */
export function ModelsPage() {
  const models = useLoaded(readModels)
  return (
    <Page title="Models">
      <Loading of={models}>
        {(rows) => (
          <Table
            caption="Models that can be asked now"
            rows={rows}
            keyOf={({ id }) => id}
            nothing="No connected node serves a model."
            columns={[
              ['Model', ({ id }) => <bdi>{id}</bdi>],
              ['Is', ({ measured }) => measured?.description ?? NOTHING],
              ['Context', ({ context }) => count(context)],
              ['Trained from', ({ parent }) => parent ?? NOTHING],
              ['Median answer', ({ measured }) => duration(measured?.latency_p50_ms)],
              ['99th percentile', ({ measured }) => duration(measured?.latency_p99_ms)],
              ['1,000 tokens cost', ({ measured }) => measured?.cost_per_1k_tokens ?? NOTHING],
              ...(isAdministrator.value
                ? ([
                    ['Where', (row: Row) => <Places {...row} />],
                    ['Adapters', (row: Row) => <Adapters {...row} />],
                  ] as const)
                : []),
            ]}
          />
        )}
      </Loading>
    </Page>
  )
}
