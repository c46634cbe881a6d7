import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { announce } from '../../kit/announce.tsx'
import { count } from '../../kit/format.ts'
import { useChatDraft } from './draft.ts'
import { isLong, type Pasted, PastedTexts } from './pasted.ts'
import { Pastes, type Written } from './pastes.ts'

/** Characters of one question, as the edge takes them. */
export const MAX_QUESTION_LENGTH = 500_000

type OnField<Happened extends Event> = Happened & { currentTarget: HTMLTextAreaElement }

const writtenIn = (field: HTMLTextAreaElement): Written => ({
  text: field.value,
  start: field.selectionStart,
  end: field.selectionEnd,
})

const tellInput = (field: HTMLTextAreaElement) => field.dispatchEvent(new Event('input', { bubbles: true }))

/** Puts the mark of a long text where the caret is. */
function pasteLong(event: OnField<ClipboardEvent>, texts: PastedTexts): void {
  const { currentTarget: field, clipboardData } = event
  // Lines end as they would in the field.
  const text = (clipboardData?.getData('text/plain') ?? '').replaceAll(/\r\n?/g, '\n')
  if (!isLong(text)) return
  event.preventDefault()
  const mark = texts.add(text, field.value)
  // As if it were typed: the browser's own keys take it back.
  if (!document.execCommand('insertText', false, mark)) {
    field.setRangeText(mark, field.selectionStart, field.selectionEnd, 'end')
    tellInput(field)
  }
  announce(`The text that you have pasted stands as ${mark}.`)
}

/** Puts a text itself in the place of its mark. It is ours to take back: the browser's way of typing it would take minutes. */
function putIn(field: HTMLTextAreaElement, { mark, text }: Pasted, pastes: Pastes): void {
  const start = field.value.indexOf(mark)
  if (start === -1) return
  const end = start + mark.length
  const before = { text: field.value, start, end }
  field.setRangeText(text, start, end, 'end')
  field.focus()
  field.setSelectionRange(start + text.length, start + text.length)
  pastes.add(before, writtenIn(field))
  tellInput(field)
}

/** Takes such a text back on the keys that undo, and puts it in again on those that redo. */
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

/** The long texts that stand in the field by their marks. */
function Standing({ pasted, onPut }: { pasted: readonly Pasted[]; onPut: (one: Pasted) => void }) {
  if (pasted.length === 0) return null
  return (
    <ul class="pasted small" aria-label="Pasted texts">
      {pasted.map((one) => (
        <li key={one.mark} class="pasted-text">
          <span class="muted">
            {one.mark} is sent as the {count(one.text.length)} characters that it stands for.
          </span>
          <button type="button" class="quiet" aria-label={`Write out ${one.mark}`} onClick={() => onPut(one)}>
            Write out
          </button>
        </li>
      ))}
    </ul>
  )
}

interface ComposerProps {
  /** The talk that is open; each has a draft of its own. */
  talk: string | undefined
  isReady: boolean
  isBusy: boolean
  onSend: (text: string) => void
  onStop: () => void
}

/** The field with its texts, and what is known of them. */
function useField(talk: string | undefined) {
  const length = useSignal(0)
  const standing = useSignal<readonly Pasted[]>([])
  const texts = useMemo(() => new PastedTexts(), [])
  const pastes = useMemo(() => new Pastes(), [talk])
  const note = (text: string) => {
    // The first characters tell whether there is anything; a whole text is not copied for that.
    const isEmpty = text.slice(0, 1_000).trim() === '' && text.trim() === ''
    length.value = isEmpty ? 0 : texts.lengthOf(text)
    standing.value = texts.standingIn(text)
  }
  const { field, later, keepNow } = useChatDraft(talk, texts, note)
  const clear = () => {
    if (field.current) field.current.value = ''
    note('')
    pastes.forget()
    keepNow()
  }
  return { field, length, standing, texts, pastes, note, later, clear }
}

/** The field in which a question is written. Enter sends, Shift and Enter begins a line; while an input method composes, Enter is its own. */
export function Composer({ talk, isReady, isBusy, onSend, onStop }: ComposerProps) {
  const { field, length, standing, texts, pastes, note, later, clear } = useField(talk)
  const isTooLong = length.value > MAX_QUESTION_LENGTH
  const send = () => {
    const written = field.current?.value ?? ''
    if (isBusy || !isReady || texts.lengthOf(written) > MAX_QUESTION_LENGTH) return
    const question = texts.wholeOf(written).trim()
    if (question === '') return
    clear()
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
          note(event.currentTarget.value)
          later()
        }}
        onPaste={(event) => pasteLong(event, texts)}
        onKeyDown={(event) => {
          undoPaste(event, pastes)
          // Safari ends a composition before it tells of the key: 229 is the key of a composition.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
          event.preventDefault()
          send()
        }}
      />
      <Standing pasted={standing.value} onPut={(one) => field.current && putIn(field.current, one, pastes)} />
      {isTooLong && (
        <p id="too-long" class="small wrong" role="alert">
          A question has {count(MAX_QUESTION_LENGTH)} characters at most; this one has {count(length.value)}.
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
