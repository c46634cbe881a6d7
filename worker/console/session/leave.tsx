import { useOnce } from '../kit/once.ts'
import { Problem } from '../kit/problem.tsx'
import { signOut } from './session.ts'

/** The way out. Says so where it was not taken: somebody else may sit here next. */
export function Leave({ words }: { words: string }) {
  const { isBusy, failure, run } = useOnce()
  return (
    <>
      <Problem failure={failure} />
      <button type="button" class="quiet" disabled={isBusy} onClick={() => void run(signOut)}>
        {words}
      </button>
    </>
  )
}
