import { useSignal } from '@preact/signals'
import { Dialog } from '../../kit/dialog.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { Figures } from '../../kit/figures.tsx'
import { count, NOTHING, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { saveFile } from '../../kit/save-file.ts'
import { Table } from '../../kit/table.tsx'
import { useWatched } from '../../kit/watch.ts'
import { ask, askJson } from '../../session/api.ts'
import { Failure } from '../../session/failure.ts'
import { MADE, type Made, type MadeList } from './dataset.ts'

const FORMATS = ['jsonl', 'parquet', 'csv', 'json'] as const
type Format = (typeof FORMATS)[number]

const EMPTY = { name: '', query: '', formats: ['jsonl'] as readonly Format[] }

const unixSeconds = (iso: string): number => Date.parse(iso) / 1_000

interface FormatsProps {
  chosen: readonly Format[]
  onChoose: (chosen: readonly Format[]) => void
}

const Formats = ({ chosen, onChoose }: FormatsProps) => (
  <fieldset>
    <legend>Written as</legend>
    {FORMATS.map((format) => (
      <label key={format} class="choice">
        <input
          type="checkbox"
          checked={chosen.includes(format)}
          onChange={({ currentTarget: { checked } }) =>
            onChoose(checked ? [...chosen, format] : chosen.filter((other) => other !== format))
          }
        />
        {format}
      </label>
    ))}
  </fieldset>
)

function NewMade({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { values, write, clear } = useDraft('dataset.new', EMPTY)
  const { isBusy, failure, run } = useOnce()
  const { name, query, formats } = values.value
  const make = () =>
    run(async () => {
      await ask(MADE, { body: { name, search_query: query, export_formats: formats } })
      clear()
      onMade()
    })
  return (
    <Dialog title="A dataset of documents" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={100}
          value={name}
          failure={failure}
          onText={(text) => write({ name: text })}
        />
        <Field
          label="Documents that match"
          name="search_query"
          required
          hint="Words, “phrases”, prefix*, title:, filename:, AND, OR, NOT, parentheses."
          value={query}
          failure={failure}
          onText={(text) => write({ query: text })}
        />
        <Formats chosen={formats} onChoose={(chosen) => write({ formats: chosen })} />
        <Problem failure={failure} />
        <footer>
          <button type="submit" disabled={isBusy || formats.length === 0}>
            Make the dataset
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** A dataset of documents: how it stands, its files, and more of them. */
function MadeDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const path = `${MADE}/${encodeURIComponent(id)}`
  const dataset = useLoaded((stop) => askJson<Made>(path, { signal: stop }), [id])
  useWatched(
    dataset,
    ({ status, metadata }) => ['pending', 'processing'].includes(status) || metadata.exporting.length > 0,
  )
  const { isBusy, failure, run } = useOnce()
  const save = (file: string) =>
    run(async () => {
      const address = `/v1/workspace/${file.replace(/^\//, '').split('/').map(encodeURIComponent).join('/')}`
      saveFile(await (await ask(address)).blob(), file.slice(file.lastIndexOf('/') + 1))
    })
  const write = (format: Format) =>
    run(async () => {
      await ask(`${path}/export`, { body: { formats: [format] } })
      await dataset.again()
    })
  return (
    <Dialog title={dataset.value.value?.name ?? 'Dataset'} onClose={onClose}>
      <Problem failure={failure} />
      <Loading of={dataset}>
        {({ status, query_text, document_count, total_tokens, quality_score_avg, export_paths, ...one }) => (
          <>
            <p class="acts">
              <span class={`state ${status}`}>{status}</span>
              <code>{query_text}</code>
            </p>
            {one.error_message !== null && <p class="wrong">{one.error_message}</p>}
            {one.metadata.waits_for !== null && <p class="muted">{one.metadata.waits_for}</p>}
            {one.metadata.note !== null && <p class="muted">{one.metadata.note}</p>}
            <Figures
              of={[
                ['Documents', count(document_count)],
                ['Rows', count(one.metadata.row_count)],
                ['Tokens', count(total_tokens)],
                ['Quality', quality_score_avg?.toFixed(2) ?? NOTHING],
              ]}
            />
            {status === 'completed' && (
              <ul class="plain" aria-label="Files">
                {FORMATS.map((format) => {
                  const file = export_paths[format]
                  const isComing = one.metadata.exporting.includes(format)
                  return (
                    <li key={format} class="acts">
                      <code>{format}</code>
                      {file === undefined ? (
                        <button
                          type="button"
                          class="quiet"
                          disabled={isBusy || isComing}
                          onClick={() => void write(format)}
                        >
                          {isComing ? 'Is written…' : 'Write it'}
                          <span class="unseen"> {format}</span>
                        </button>
                      ) : (
                        <button type="button" disabled={isBusy} onClick={() => void save(file)}>
                          Download<span class="unseen"> {format}</span>
                        </button>
                      )}
                    </li>
                  )
                })}
              </ul>
            )}
          </>
        )}
      </Loading>
    </Dialog>
  )
}

/** The datasets that were made of documents. Whoever may not see them sees nothing of this. */
export function MadeDatasets() {
  const datasets = useLoaded((stop) => askJson<MadeList>(`${MADE}?limit=100`, { signal: stop }))
  useWatched(datasets, (list) =>
    list.datasets.some(({ status }) => status === 'pending' || status === 'processing'),
  )
  const open = useSignal<'new' | { id: string } | undefined>(undefined)
  const close = () => {
    open.value = undefined
  }
  const { value: failure } = datasets.failure
  if (failure instanceof Failure && failure.status === 403) return null
  return (
    <section class="card" aria-label="Of documents">
      <header>
        <h2>Made of documents</h2>
        <span class="grows" />
        <button
          type="button"
          onClick={() => {
            open.value = 'new'
          }}
        >
          Make one
        </button>
      </header>
      <Loading of={datasets}>
        {(list) => (
          <Table
            caption="Datasets made of documents, the newest first"
            rows={list.datasets}
            keyOf={({ dataset_id }) => dataset_id}
            nothing="None was made yet."
            columns={[
              ['Name', ({ name }) => <bdi>{name}</bdi>],
              ['State', ({ status }) => <span class={`state ${status}`}>{status}</span>],
              ['Documents', ({ document_count }) => count(document_count)],
              ['By', ({ created_by }) => <bdi>{created_by}</bdi>],
              ['Made', ({ created_at }) => when(unixSeconds(created_at))],
              [
                '',
                ({ dataset_id: id, name }) => (
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => {
                      open.value = { id }
                    }}
                  >
                    Open<span class="unseen"> {name}</span>
                  </button>
                ),
              ],
            ]}
          />
        )}
      </Loading>
      {open.value === 'new' && (
        <NewMade
          onClose={close}
          onMade={() => {
            close()
            void datasets.again()
          }}
        />
      )}
      {typeof open.value === 'object' && <MadeDialog id={open.value.id} onClose={close} />}
    </section>
  )
}
