import { useSignal } from '@preact/signals'
import { useLocation } from 'preact-iso'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { announce } from '../../kit/announce.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { Figures } from '../../kit/figures.tsx'
import { bytes, count } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { Table } from '../../kit/table.tsx'
import { ask, askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { Answer } from './answer.tsx'
import { CHATS, type Message, UPLOADED, type UploadedDetail } from './dataset.ts'

/** Longest title of a talk. */
const MAX_TITLE = 200

/** Asks the rows of a dataset in plain words. The talk is one of the account's, and begins with the first question. */
function Asking({ dataset }: { dataset: UploadedDetail }) {
  const { values, write } = useDraft(`dataset.${dataset._id}`, { question: '' })
  const talk = useSignal<string | undefined>(undefined)
  const answers = useSignal<readonly { question: string; message: Message }[]>([])
  const { isBusy, failure, run } = useOnce()
  const { question } = values.value
  const send = () =>
    run(async () => {
      const asked = question.trim()
      if (talk.peek() === undefined) {
        const body = { title: asked.slice(0, MAX_TITLE), dataset_id: dataset._id }
        talk.value = (await askJson<{ _id: string }>(CHATS, { body }))._id
      }
      const message = await askJson<Message>(`${CHATS}/${talk.peek()}/reply`, {
        body: { content: asked, query_type: 'analytics' },
      })
      answers.value = [{ question: asked, message }, ...answers.peek()]
      write({ question: '' })
      announce('The answer is there.')
    })
  return (
    <section class="found" aria-label="Ask">
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Field
          label="Ask about its rows"
          name="content"
          required
          hint="How many rows are there? What is the sum of each column? A model writes one query; the answer is its result."
          value={question}
          failure={failure}
          onText={(text) => write({ question: text })}
        />
        <button type="submit" disabled={isBusy || question.trim() === ''}>
          {isBusy ? 'Asking…' : 'Ask'}
        </button>
      </form>
      <Problem failure={failure} />
      <ol class="plain" aria-label="Answers">
        {answers.value.map(({ question: asked, message }) => (
          <Answer key={message._id} question={asked} message={message} />
        ))}
      </ol>
    </section>
  )
}

/** The first rows, under the names of the columns. */
function Preview({ dataset: { preview_data, columns, name } }: { dataset: UploadedDetail }) {
  const rows = preview_data.rows.map((cells, at) => ({ at, cells }))
  return (
    <section class="card" aria-label="Preview">
      <h2>Its first rows</h2>
      <Table
        caption={`The first rows of ${name}`}
        rows={rows}
        keyOf={({ at }) => String(at)}
        nothing="It has no rows."
        columns={[
          ['Row', ({ at }) => count(at + 1)],
          ...preview_data.headers.map(
            (header, column) =>
              [
                `${header} (${columns[column]?.type ?? 'text'})`,
                ({ cells }: (typeof rows)[number]) => <bdi>{cells[column] ?? ''}</bdi>,
              ] as const,
          ),
        ]}
      />
    </section>
  )
}

/** A table that was uploaded: its first rows, and answers from all of them. */
export function UploadedView({ id }: { id: string }) {
  const path = `${UPLOADED}/${encodeURIComponent(id)}`
  const dataset = useLoaded((stop) => askJson<UploadedDetail>(path, { signal: stop }), [id])
  const isDeleting = useSignal(false)
  const { route } = useLocation()
  return (
    <Page
      title="Dataset"
      actions={
        <div class="acts">
          <a href={`${CONSOLE_PATH}/datasets`}>All datasets</a>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              isDeleting.value = true
            }}
          >
            Delete
          </button>
        </div>
      }
    >
      <Loading of={dataset}>
        {(one) => (
          <>
            <section class="card" aria-label="How it stands">
              <h2>
                <bdi>{one.name}</bdi>
              </h2>
              <Figures
                of={[
                  ['Rows', count(one.row_count)],
                  ['Columns', count(one.column_count)],
                  ['Size', bytes(one.file_size)],
                  ['Encoding', one.encoding],
                  ['Rows that lacked cells', count(one.short_rows)],
                ]}
              />
            </section>
            <Asking dataset={one} />
            <Preview dataset={one} />
            {isDeleting.value && (
              <Confirm
                question={`Delete the dataset ${one.name}?`}
                consequence="With its file; talks about it stay, and find no rows any more."
                action="Delete"
                act={async () => {
                  await ask(path, { method: 'DELETE' })
                  route(`${CONSOLE_PATH}/datasets`)
                }}
                onClose={() => {
                  isDeleting.value = false
                }}
              />
            )}
          </>
        )}
      </Loading>
    </Page>
  )
}
