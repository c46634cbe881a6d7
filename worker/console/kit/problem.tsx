import { useEffect, useState } from 'preact/hooks'
import { Failure, wordsOf } from '../session/failure.ts'

const SECOND_MS = 1_000

/** Counts down to when asking again makes sense. */
function Wait({ seconds }: { seconds: number }) {
  const [left, setLeft] = useState(Math.ceil(seconds))
  useEffect(() => {
    setLeft(Math.ceil(seconds))
    // Shown to a person: a second more or less of a sleeping tab does not matter.
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), SECOND_MS)
    return () => clearInterval(timer)
  }, [seconds])
  return <span> {left > 0 ? `Again in ${left} s.` : 'You can try again now.'}</span>
}

/** A failure in words, and a way to try again where there is one. */
export function Problem({ failure, again }: { failure: unknown; again?: (() => void) | undefined }) {
  if (failure === undefined) return null
  const wait = failure instanceof Failure ? failure.retryAfter : undefined
  return (
    <div class="problem" role="alert">
      <span>{wordsOf(failure)}</span>
      {wait !== undefined && <Wait seconds={wait} />}
      {again && (
        <button type="button" class="quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}
