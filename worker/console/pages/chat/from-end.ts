import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { DRAWN_AT_MOST, DRAWN_AT_ONCE, firstDrawn, letGo } from './first-drawn.ts'
import type { Turn } from './turn.ts'

/** Work for when nothing else is to be done; where a browser does not tell, for when it has drawn. */
const whenIdle = (work: () => void): void => {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work)
  else setTimeout(work)
}

interface Drawn {
  turns: readonly Turn[]
  /** Some are left out until they are asked for. */
  hasMore: boolean
  /** Asks for those before. */
  more: () => void
}

/**
 * The turns that are drawn: first the last ones, so that they are there at once, and those before them a few at a time, as many
 * as stay drawn. While its reader follows the end of a talk that grows, the earliest of them go.
 */
export function useFromEnd(turns: readonly Turn[], isFollowing: Signal<boolean>): Drawn {
  const first = useSignal<Turn | undefined>(undefined)
  const most = useSignal(DRAWN_AT_MOST)
  const from = firstDrawn(turns, first.value)
  const isEnough = turns.length - from >= most.value
  useEffect(() => {
    if (isFollowing.peek()) most.value = DRAWN_AT_MOST
  }, [turns])
  useEffect(() => {
    const begin = isFollowing.peek() ? letGo(turns.length, from) : from
    first.value = turns[begin]
    if (begin === 0 || isEnough) return undefined
    let isWanted = true
    whenIdle(() => {
      if (isWanted) first.value = turns[Math.max(0, begin - DRAWN_AT_ONCE)]
    })
    return () => {
      isWanted = false
    }
  }, [turns, from, isEnough])
  return {
    turns: from === 0 ? turns : turns.slice(from),
    hasMore: from > 0 && isEnough,
    more: () => {
      most.value = turns.length - from + DRAWN_AT_MOST
    },
  }
}
