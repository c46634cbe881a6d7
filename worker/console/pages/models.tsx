import type { z } from 'zod'
import type { Model } from '../../surfaces/openai/schemas/model.ts'
import { count, when } from '../kit/format.ts'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { Table } from '../kit/table.tsx'
import { askJson } from '../session/api.ts'
import { Page } from '../shell/page.tsx'

type Listed = z.infer<typeof Model>

/** The models that can be asked now. */
export function ModelsPage() {
  const models = useLoaded((signal) => askJson<{ data: Listed[] }>('/v1/models', { signal }))
  return (
    <Page title="Models">
      <Loading of={models}>
        {({ data }) => (
          <Table
            caption="Models that can be asked now"
            rows={data}
            keyOf={({ id }) => id}
            nothing="No connected node serves a model."
            columns={[
              ['Model', ({ id }) => <bdi>{id}</bdi>],
              ['Context', (model) => count(model.context_length)],
              ['Trained from', ({ parent }) => parent ?? ''],
              ['Since', ({ created }) => when(created)],
            ]}
          />
        )}
      </Loading>
    </Page>
  )
}
