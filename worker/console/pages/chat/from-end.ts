import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { DRAWN_AT_ONCE, firstDrawn } from './first-drawn.ts'
import type { Turn } from './turn.ts'

/** Work for when nothing else is to be done; where a browser does not tell, for when it has drawn. */
const whenIdle = (work: () => void): void => {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work)
  else setTimeout(work)
}

/** The turns that are drawn: first the last ones, so that they are there at once, and those before them a few at a time. */
export function useFromEnd(turns: readonly Turn[]): readonly Turn[] {
  const first = useSignal<Turn | undefined>(undefined)
  const from = firstDrawn(turns, first.value)
  useEffect(() => {
    first.value = turns[from]
    if (from === 0) return undefined
    let isWanted = true
    whenIdle(() => {
      if (isWanted) first.value = turns[Math.max(0, from - DRAWN_AT_ONCE)]
    })
    return () => {
      isWanted = false
    }
  }, [turns, from])
  return from === 0 ? turns : turns.slice(from)
}
