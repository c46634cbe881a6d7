import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { isBusy, stop } from './talk.ts'

/** Where what is being written is kept over a reload. */
const DRAFT = 'switchyard.draft'

/** The field in which a question is written. Enter sends, Shift and Enter begins a line; while an input method composes, Enter is its own. */
export function Composer({ onSend, isReady }: { onSend: (text: string) => void; isReady: boolean }) {
  const text = useSignal(sessionStorage.getItem(DRAFT) ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  const write = (next: string) => {
    text.value = next
    sessionStorage.setItem(DRAFT, next)
  }
  const send = () => {
    const question = text.peek().trim()
    if (question === '' || isBusy.peek() || !isReady) return
    write('')
    onSend(question)
    field.current?.focus()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <label class="unseen" for="question">
        Your question
      </label>
      <textarea
        id="question"
        ref={field}
        rows={3}
        placeholder="Ask something"
        value={text.value}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          send()
        }}
      />
      {isBusy.value ? (
        <button type="button" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="submit" disabled={!isReady || text.value.trim() === ''}>
          Send
        </button>
      )}
    </form>
  )
}
