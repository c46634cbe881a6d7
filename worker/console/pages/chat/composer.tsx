import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { Pastes, type Written } from './pastes.ts'

/** Characters of one question, as the edge takes them. */
export const MAX_QUESTION_LENGTH = 500_000

/** Characters from which on a paste is put in by us: a browser's own way takes twice as long, and that of a script minutes. */
const LONG_PASTE = 100_000

type OnField<Happened extends Event> = Happened & { currentTarget: HTMLTextAreaElement }

const writtenIn = (field: HTMLTextAreaElement): Written => ({
  text: field.value,
  start: field.selectionStart,
  end: field.selectionEnd,
})

const tellInput = (field: HTMLTextAreaElement) => field.dispatchEvent(new Event('input', { bubbles: true }))

/** Puts a long paste where the caret is. */
function pasteQuickly(event: OnField<ClipboardEvent>, pastes: Pastes): void {
  const text = event.clipboardData?.getData('text/plain') ?? ''
  if (text.length < LONG_PASTE) return
  event.preventDefault()
  const { currentTarget: field } = event
  const before = writtenIn(field)
  field.setRangeText(text, before.start, before.end, 'end')
  pastes.add(before, writtenIn(field))
  tellInput(field)
}

/** Takes such a paste back on the keys that undo, and puts it in again on those that redo. */
function undoPaste(event: OnField<KeyboardEvent>, pastes: Pastes): void {
  const { currentTarget: field, key, ctrlKey, metaKey, altKey, shiftKey } = event
  if (!(ctrlKey || metaKey) || altKey) return
  const isUndo = key === 'z' && !shiftKey
  const isRedo = (key.toLowerCase() === 'z' && shiftKey) || key === 'y'
  const next = isUndo ? pastes.back(field.value) : isRedo ? pastes.again(field.value) : undefined
  if (!next) return
  event.preventDefault()
  field.value = next.text
  field.setSelectionRange(next.start, next.end)
  tellInput(field)
}

/** How long after the last key a draft is written down. */
const KEEP_AFTER_MS = 400

const placeOf = (talk: string | undefined) => `switchyard.draft.chat.${talk ?? 'new'}`

function keep(place: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, text)
  } catch {} // longer than the browser keeps: it is still in the field
}

/**
 * The field's text over a reload, for each talk. The field holds it itself: a text of many lines is not handed through the page at
 * each key.
 */
function useDraft(talk: string | undefined, onChange: (text: string) => void) {
  const field = useRef<HTMLTextAreaElement>(null)
  const place = useRef(placeOf(talk))
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const keepNow = () => {
    clearTimeout(timer.current)
    if (field.current) keep(place.current, field.current.value)
  }
  // Ended while the field is there still: other effects end once it is gone.
  useLayoutEffect(() => {
    addEventListener('pagehide', keepNow)
    return () => {
      keepNow()
      removeEventListener('pagehide', keepNow)
    }
  }, [])
  useLayoutEffect(() => {
    const next = placeOf(talk)
    const kept = sessionStorage.getItem(next)
    // A talk that begins here keeps what is being written.
    const isBegun = place.current === placeOf(undefined) && talk !== undefined && kept === null
    if (!isBegun && place.current !== next) keepNow()
    place.current = next
    if (!isBegun && field.current) field.current.value = kept ?? ''
    onChange(field.current?.value ?? '')
  }, [talk])
  const later = () => {
    clearTimeout(timer.current)
    // So that writing waits for no storage.
    timer.current = setTimeout(keepNow, KEEP_AFTER_MS)
  }
  return { field, later, keepNow }
}

interface ComposerProps {
  /** The talk that is open; each has a draft of its own. */
  talk: string | undefined
  isReady: boolean
  isBusy: boolean
  onSend: (text: string) => void
  onStop: () => void
}

/** The field in which a question is written. Enter sends, Shift and Enter begins a line; while an input method composes, Enter is its own. */
export function Composer({ talk, isReady, isBusy, onSend, onStop }: ComposerProps) {
  const length = useSignal(0)
  const { field, later, keepNow } = useDraft(talk, (text) => {
    length.value = text.trim() === '' ? 0 : text.length
  })
  const pastes = useMemo(() => new Pastes(), [talk])
  const isTooLong = length.value > MAX_QUESTION_LENGTH
  const send = () => {
    const question = field.current?.value.trim() ?? ''
    if (question === '' || isBusy || !isReady || question.length > MAX_QUESTION_LENGTH) return
    if (field.current) field.current.value = ''
    length.value = 0
    pastes.forget()
    keepNow()
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
        aria-describedby={isTooLong ? 'too-long' : undefined}
        onInput={(event) => {
          const { value } = event.currentTarget
          // The first characters tell whether there is anything; a whole text is not copied for that.
          length.value = value.slice(0, 1_000).trim() === '' && value.trim() === '' ? 0 : value.length
          later()
        }}
        onPaste={(event) => pasteQuickly(event, pastes)}
        onKeyDown={(event) => {
          undoPaste(event, pastes)
          // Safari ends a composition before it tells of the key: 229 is the key of a composition.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
          event.preventDefault()
          send()
        }}
      />
      {isTooLong && (
        <p id="too-long" class="small wrong" role="alert">
          A question has {MAX_QUESTION_LENGTH.toLocaleString('en')} characters at most; this one has{' '}
          {length.value.toLocaleString('en')}.
        </p>
      )}
      <footer>
        <small class="muted">Enter sends, Shift and Enter begins a line.</small>
        {isBusy ? (
          <button type="button" onClick={onStop}>
            Stop
          </button>
        ) : (
          <button type="submit" disabled={!isReady || length.value === 0 || isTooLong}>
            Send
          </button>
        )}
      </footer>
    </form>
  )
}
