import { effect, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { bytes, count, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { Table } from '../../kit/table.tsx'
import { createUploads, UploadArea } from '../../kit/uploads.tsx'
import { askJson } from '../../session/api.ts'
import { uploadForm } from '../../session/upload.ts'
import { Page } from '../../shell/page.tsx'
import { UPLOADED, type Uploaded } from './dataset.ts'
import { MadeDatasets } from './made.tsx'
import { UploadedView } from './uploaded-view.tsx'

/** Counts tables that have arrived: the list is fetched again. */
const arrived = signal(0)

const uploads = createUploads(
  (file, options) => {
    const form = new FormData()
    form.set('file', file)
    return uploadForm<Uploaded>(`${UPLOADED}/upload`, form, options)
  },
  () => {
    arrived.value += 1
  },
)

function DatasetList() {
  const datasets = useLoaded((stop) => askJson<Uploaded[]>(`${UPLOADED}?limit=1000`, { signal: stop }))
  useEffect(() => {
    let seen = arrived.peek()
    return effect(() => {
      if (arrived.value === seen) return
      seen = arrived.value
      void datasets.again()
    })
  }, [datasets])
  return (
    <Page title="Datasets">
      <UploadArea
        uploads={uploads}
        multiple
        label="Upload tables"
        accept=".csv,.tsv"
        hint="CSV or TSV whose first row names its columns; or drop them here."
      />
      <Loading of={datasets}>
        {(rows) => (
          <Table
            caption="Your tables, the newest first"
            rows={rows}
            keyOf={({ _id }) => _id}
            nothing="You have no tables. What you upload can be asked in plain words."
            columns={[
              [
                'Name',
                ({ _id, name }) => (
                  <a href={`${CONSOLE_PATH}/datasets/${_id}`}>
                    <bdi>{name}</bdi>
                  </a>
                ),
              ],
              ['Rows', ({ row_count }) => count(row_count)],
              ['Columns', ({ column_count }) => count(column_count)],
              ['Size', ({ file_size }) => bytes(file_size)],
              ['Uploaded', ({ uploaded_at }) => when(Date.parse(uploaded_at) / 1_000)],
            ]}
          />
        )}
      </Loading>
      <MadeDatasets />
    </Page>
  )
}

/** The datasets that the account may see, or the one that the address names. */
export function DatasetsPage() {
  const { id } = useRoute().params
  return id === undefined ? <DatasetList /> : <UploadedView key={id} id={id} />
}
