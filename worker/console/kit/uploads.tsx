import { type Signal, signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { wordsOf } from '../session/failure.ts'
import type { UploadOptions } from '../session/upload.ts'
import { announce } from './announce.tsx'
import { bytes } from './format.ts'

/** A file on its way. */
interface Upload {
  key: number
  name: string
  sizeBytes: number
  sentBytes: Signal<number>
  /** Sent whole, it is looked at by the edge before that answers. */
  state: Signal<'waits' | 'goes' | 'done' | 'failed'>
  failure: Signal<string>
  stop: AbortController
}

/** Files that go up beside each other. */
const AT_ONCE = 2

/** The uploads of a page: they go on while another page is shown. */
export interface Uploads {
  all: Signal<readonly Upload[]>
  add: (files: Iterable<File>) => void
  dismiss: (upload: Upload) => void
}

/** `send` uploads one file, and `onDone` is told after each. */
export function createUploads<Sent>(
  send: (file: File, options: UploadOptions) => Promise<Sent>,
  onDone: (sent: Sent, file: File) => void,
): Uploads {
  const all = signal<readonly Upload[]>([])
  const waiting: [Upload, File][] = []
  let [going, last] = [0, 0]

  async function go(upload: Upload, file: File): Promise<void> {
    upload.state.value = 'goes'
    try {
      const onProgress = (sent: number) => {
        upload.sentBytes.value = sent
      }
      const sent = await send(file, { onProgress, signal: upload.stop.signal })
      upload.state.value = 'done'
      announce(`${file.name} is uploaded.`)
      onDone(sent, file)
    } catch (thrown) {
      if (upload.stop.signal.aborted) return
      upload.failure.value = wordsOf(thrown)
      upload.state.value = 'failed'
    }
  }

  function next(): void {
    while (going < AT_ONCE) {
      const [upload, file] = waiting.shift() ?? []
      if (!upload || !file) return
      if (upload.stop.signal.aborted) continue
      going += 1
      void go(upload, file).finally(() => {
        going -= 1
        next()
      })
    }
  }

  return {
    all,
    add(files) {
      for (const file of files) {
        last += 1
        const upload: Upload = {
          ...{ key: last, name: file.name, sizeBytes: file.size, stop: new AbortController() },
          ...{ sentBytes: signal(0), state: signal('waits'), failure: signal('') },
        }
        all.value = [...all.peek().filter(({ state }) => state.peek() !== 'done'), upload]
        waiting.push([upload, file])
      }
      next()
    },
    dismiss(upload) {
      upload.stop.abort()
      all.value = all.peek().filter((other) => other !== upload)
    },
  }
}

const WORDS = { waits: 'waits', goes: '', done: 'uploaded', failed: 'was not kept' }

function Line({ upload, onDismiss }: { upload: Upload; onDismiss: () => void }) {
  const { name, sizeBytes, sentBytes, state, failure } = upload
  const isWhole = sentBytes.value >= sizeBytes
  const going = isWhole ? 'is being read…' : `${bytes(sentBytes.value)} of ${bytes(sizeBytes)}`
  return (
    <li class="upload">
      <span class="grows">
        <bdi>{name}</bdi>{' '}
        <span class={state.value === 'failed' ? 'wrong' : 'muted'}>
          {state.value === 'goes' ? going : WORDS[state.value]}
          {failure.value === '' ? '' : `: ${failure.value}`}
        </span>
      </span>
      {state.value === 'goes' && (
        <progress aria-label={`Upload of ${name}`} max={sizeBytes} value={isWhole ? undefined : sentBytes} />
      )}
      <button type="button" class="quiet" onClick={onDismiss}>
        {state.value === 'goes' || state.value === 'waits' ? 'Stop' : 'Dismiss'}
        <span class="unseen"> {name}</span>
      </button>
    </li>
  )
}

interface UploadAreaProps {
  uploads: Uploads
  /** The words on the button. */
  label: string
  /** The files that may be chosen: `.csv,.tsv`. */
  accept?: string
  multiple?: boolean
  hint: string
}

/** Takes files, chosen or dropped, and shows how far each is. */
export function UploadArea({ uploads, label, accept, multiple = false, hint }: UploadAreaProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <section
      class="drop"
      aria-label="Upload"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        uploads.add(event.dataTransfer?.files ?? [])
      }}
    >
      <p class="acts">
        <button type="button" onClick={() => input.current?.click()}>
          {label}
        </button>
        <span class="muted">{hint}</span>
      </p>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        aria-label={label}
        onChange={({ currentTarget }) => {
          uploads.add([...(currentTarget.files ?? [])])
          currentTarget.value = '' // the same file may be chosen again
        }}
      />
      {uploads.all.value.length > 0 && (
        <ul class="uploads" aria-label="Uploads">
          {uploads.all.value.map((upload) => (
            <Line key={upload.key} upload={upload} onDismiss={() => uploads.dismiss(upload)} />
          ))}
        </ul>
      )}
    </section>
  )
}
