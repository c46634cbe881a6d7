import { useEffect, useState } from 'preact/hooks'
import { Failure, wordsOf } from '../session/failure.ts'
import { announce } from './announce.tsx'
import { duration } from './format.ts'

const SECOND_MS = 1_000

/** Up to this many seconds are counted one by one. */
const MAX_COUNTED_SECONDS = 120

const inWords = (seconds: number) =>
  seconds <= MAX_COUNTED_SECONDS ? `${seconds} s` : duration(seconds * SECOND_MS)

/** Counts down to when asking again makes sense; it is said once, and not each second. */
function Wait({ failure, seconds }: { failure: Failure; seconds: number }) {
  const [left, setLeft] = useState(Math.ceil(seconds))
  useEffect(() => {
    const endsAt = Date.now() + seconds * SECOND_MS
    const look = () => {
      const now = Math.max(0, Math.ceil((endsAt - Date.now()) / SECOND_MS))
      setLeft(now)
      if (now > 0) return
      clearInterval(timer)
      announce('You can try again now.')
    }
    // By the clock, which goes on while a tab or a machine sleeps.
    const timer = setInterval(look, SECOND_MS)
    setLeft(Math.ceil(seconds))
    return () => clearInterval(timer)
  }, [failure])
  return <span> {left > 0 ? `Again in ${inWords(left)}.` : 'You can try again now.'}</span>
}

/** A failure in words, and a way to try again where there is one. */
export function Problem({ failure, again }: { failure: unknown; again?: (() => void) | undefined }) {
  if (failure === undefined) return null
  const wait = failure instanceof Failure ? failure.retryAfter : undefined
  return (
    <div class="problem">
      <div role="alert">
        <span>{wordsOf(failure)}</span>
      </div>
      {failure instanceof Failure && wait !== undefined && <Wait failure={failure} seconds={wait} />}
      {again && (
        <button type="button" class="quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}
