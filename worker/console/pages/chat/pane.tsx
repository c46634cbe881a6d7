import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { Problem } from '../../kit/problem.tsx'
import { useFromEnd } from './from-end.ts'
import type { Talk } from './talk.ts'
import { type TurnDeeds, TurnView } from './turn-view.tsx'

/** As far from the end as somebody may be who still follows it. */
const NEAR_PX = 80

/** As near to the beginning as somebody is who wants what was before. */
const EARLY_PX = 300

/** Follows the end of what grows, until its reader scrolls up; a button takes it up again. What comes before moves nothing. */
function useFollowing(talk: Talk) {
  const box = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const isFollowing = useSignal(true)
  const { turns: shown, hasMore, more } = useFromEnd(talk.turns.value, isFollowing)
  const lastTop = useRef(0)
  const fromEnd = useRef<number | undefined>(undefined)
  const toEnd = () => {
    isFollowing.value = true
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }
  const earlier = () => {
    more()
    if (hasMore) return
    void talk.earlier().catch((thrown) => {
      talk.failure.value = thrown
    })
  }
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR_PX
    // Growing is no scrolling: only whoever goes up stops following.
    if (isNear) isFollowing.value = true
    else if (scrollTop < lastTop.current) isFollowing.value = false
    const isUp = scrollTop < lastTop.current
    lastTop.current = scrollTop
    if (isUp && scrollTop < EARLY_PX && hasEarlier) earlier()
  }
  const isAllDrawn = shown.length === talk.turns.value.length
  const hasEarlier = hasMore || (isAllDrawn && talk.hasEarlier.value)
  const first = shown[0]
  const lastFirst = useRef(first)
  if (first !== lastFirst.current) {
    // Read before they are there: others come before what is being read.
    const isBefore = lastFirst.current !== undefined && shown.includes(lastFirst.current)
    if (isBefore && box.current) fromEnd.current = box.current.scrollHeight - box.current.scrollTop
    lastFirst.current = first
  }
  useLayoutEffect(() => {
    if (fromEnd.current === undefined || !box.current) return
    box.current.scrollTop = box.current.scrollHeight - fromEnd.current
    fromEnd.current = undefined
  }, [first])
  useLayoutEffect(() => {
    if (!list.current) return
    const observer = new ResizeObserver(() => {
      if (isFollowing.peek()) box.current?.scrollTo({ top: box.current.scrollHeight })
    })
    observer.observe(list.current)
    return () => observer.disconnect()
  }, [])
  return { shown, box, list, isFollowing, toEnd, hasEarlier, earlier, onScroll }
}

interface PaneProps {
  talk: Talk
  label: string
  deeds: TurnDeeds
}

/** A talk as it is read. */
export function Pane({ talk, label, deeds }: PaneProps) {
  const { shown, box, list, isFollowing, toEnd, hasEarlier, earlier, onScroll } = useFollowing(talk)
  const isBusy = talk.isBusy.value
  const still = useMemo(() => deeds, [talk])
  return (
    <div class="pane">
      {talk.connection.value === 'lost' && (
        <p class="lost" role="status">
          The connection is lost. It is being mended…
        </p>
      )}
      <Problem failure={talk.failure.value} />
      <section class="turns" ref={box} onScroll={onScroll} aria-label={label} tabIndex={-1}>
        {hasEarlier && (
          <button type="button" class="quiet earlier" onClick={earlier}>
            Earlier messages
          </button>
        )}
        <ol ref={list}>
          {shown.map((turn, at) => (
            <TurnView
              key={turn.key}
              turn={turn}
              isLast={at === shown.length - 1}
              isBusy={isBusy}
              deeds={still}
            />
          ))}
        </ol>
      </section>
      {!isFollowing.value && (
        <button type="button" class="to-end" onClick={toEnd}>
          ↓ To the end
        </button>
      )}
    </div>
  )
}
