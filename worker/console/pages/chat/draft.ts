import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Pasted, PastedTexts } from './pasted.ts'

/** How long after the last key a draft is written down. */
const KEEP_AFTER_MS = 400

const placeOf = (talk: string | undefined) => `switchyard.draft.chat.${talk ?? 'new'}`
const pastedAt = (place: string) => `${place}.pasted`

function keep(place: string, text: string | undefined): void {
  if (text === undefined || text === '') sessionStorage.removeItem(place)
  else sessionStorage.setItem(place, text)
}

function keptPasted(place: string): readonly Pasted[] {
  try {
    return JSON.parse(sessionStorage.getItem(pastedAt(place)) ?? '[]')
  } catch {
    return [] // another version of the page wrote it
  }
}

/**
 * The field's text over a reload, for each talk, with the texts that were pasted into it. The field holds it itself: a text of many
 * lines is not handed through the page at each key.
 */
export function useChatDraft(
  talk: string | undefined,
  pasted: PastedTexts,
  onChange: (text: string) => void,
) {
  const field = useRef<HTMLTextAreaElement>(null)
  const place = useRef(placeOf(talk))
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  /** Whose pasted texts are written down: they are long, and rarely others than before. */
  const keptMarks = useRef('')
  const keepNow = () => {
    clearTimeout(timer.current)
    if (!field.current) return
    const { value } = field.current
    const standing = pasted.standingIn(value)
    const marks = [place.current, ...standing.map(({ mark }) => mark)].join('\n')
    try {
      // Before the marks that stand for them: a mark without its text would be sent as it is.
      if (marks !== keptMarks.current)
        keep(pastedAt(place.current), standing.length > 0 ? JSON.stringify(standing) : undefined)
      keptMarks.current = marks
      keep(place.current, value)
    } catch {} // longer than the browser keeps: it is still in the field
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
    if (!isBegun && field.current) {
      pasted.replace(keptPasted(next))
      field.current.value = kept ?? ''
    }
    onChange(field.current?.value ?? '')
  }, [talk])
  const later = () => {
    clearTimeout(timer.current)
    // So that writing waits for no storage.
    timer.current = setTimeout(keepNow, KEEP_AFTER_MS)
  }
  return { field, later, keepNow }
}
