import { effect, signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { announce } from '../../kit/announce.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { bytes, count, when } from '../../kit/format.ts'
import { Loading } from '../../kit/loading.tsx'
import { More, useRows } from '../../kit/rows.tsx'
import { Table } from '../../kit/table.tsx'
import { createUploads, UploadArea } from '../../kit/uploads.tsx'
import { useWatched } from '../../kit/watch.ts'
import { ask } from '../../session/api.ts'
import { uploadFile } from '../../session/upload.ts'
import { Page } from '../../shell/page.tsx'
import { type Document, isSettled } from './document.ts'
import { DocumentSearch } from './document-search.tsx'

/** Counts files that have arrived: the list is fetched again. */
const arrived = signal(0)

const uploads = createUploads(
  (file, options) => uploadFile(file, 'user_data', options),
  () => {
    arrived.value += 1
  },
)

const WORDS: Readonly<Record<Document['state'], string>> = {
  queued: 'waits',
  reading: 'is read',
  indexing: 'is indexed',
  ready: 'ready',
  partial: 'in part',
  failed: 'failed',
}

/** Tells, once for each, which documents have settled since they were seen last. */
function useTold(rows: readonly Document[] | undefined): void {
  const open = useRef(new Set<string>())
  useEffect(() => {
    for (const document of rows ?? []) {
      if (!isSettled(document)) open.current.add(document.id)
      else if (open.current.delete(document.id)) announce(`${document.filename}: ${WORDS[document.state]}.`)
    }
  }, [rows])
}

const State = ({ document: { state, reason } }: { document: Document }) => (
  <>
    <span class={`state ${state}`}>{WORDS[state]}</span>
    {reason && <small class={state === 'failed' ? 'wrong' : 'muted'}> {reason.message}</small>}
  </>
)

const Names = ({ document: { filename, files } }: { document: Document }) => (
  <>
    <bdi>{filename}</bdi>
    {files.length > 1 && (
      <small class="muted">
        {' '}
        also{' '}
        <bdi>
          {files
            .slice(0, -1)
            .map(({ filename: other }) => other)
            .join(', ')}
        </bdi>
      </small>
    )}
  </>
)

/** The documents of the account: uploaded, searched, deleted. */
export function DocumentsPage() {
  const documents = useRows<Document>('/v1/documents')
  const removing = useSignal<Document | undefined>(undefined)
  useWatched(documents, ({ rows }) => !rows.every(isSettled))
  useTold(documents.value.value?.rows)
  useEffect(() => {
    let seen = arrived.peek()
    return effect(() => {
      if (arrived.value === seen) return
      seen = arrived.value
      void documents.again()
    })
  }, [documents.again])
  const removed = removing.value
  return (
    <Page title="Documents">
      <UploadArea
        uploads={uploads}
        multiple
        label="Upload documents"
        accept=".pdf,.docx,.txt,.md,.html,.htm,.json,.csv"
        hint="PDF, Word, text, Markdown, HTML, JSON or CSV; or drop them here."
      />
      <Loading of={documents}>
        {({ rows }) => (
          <>
            {rows.length > 0 && <DocumentSearch documents={rows} />}
            <h2>All documents</h2>
            <Table
              caption="Your documents, the newest first"
              rows={rows}
              keyOf={({ id }) => id}
              nothing="You have no documents. What you upload is read, and found by searches and in chats."
              columns={[
                ['Name', (document) => <Names document={document} />],
                ['State', (document) => <State document={document} />],
                ['Pages', ({ pages }) => count(pages)],
                ['Passages', ({ passages }) => count(passages)],
                ['Size', ({ bytes: size }) => bytes(size)],
                ['Uploaded', ({ created_at }) => when(created_at)],
                [
                  '',
                  (document) => (
                    <button
                      type="button"
                      class="quiet"
                      onClick={() => {
                        removing.value = document
                      }}
                    >
                      Delete<span class="unseen"> {document.filename}</span>
                    </button>
                  ),
                ],
              ]}
            />
          </>
        )}
      </Loading>
      <More of={documents} />
      {removed && (
        <Confirm
          question={`Delete the document ${removed.filename}?`}
          consequence="With all its files: the next search does not find it."
          action="Delete"
          act={async () => {
            await ask(`/v1/documents/${encodeURIComponent(removed.id)}`, { method: 'DELETE' })
            await documents.again()
          }}
          onClose={() => {
            removing.value = undefined
          }}
        />
      )}
    </Page>
  )
}
