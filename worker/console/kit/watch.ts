import { useEffect } from 'preact/hooks'
import type { Loaded } from './load.ts'

/** Does something while somebody sees the page: ended when it is hidden, begun again when it is shown. Answers with the end of it all. */
export function whileSeen(begin: (stop: AbortSignal) => void): () => void {
  let current: AbortController | undefined
  const turn = () => {
    current?.abort()
    current = undefined
    if (document.visibilityState === 'hidden') return
    current = new AbortController()
    begin(current.signal)
  }
  turn()
  document.addEventListener('visibilitychange', turn)
  return () => {
    document.removeEventListener('visibilitychange', turn)
    current?.abort()
  }
}

const EVERY_MS = 2_000

/** Fetches again as long as something of it moves and somebody looks. */
export function useWatched<Value>(loaded: Loaded<Value>, moves: (value: Value) => boolean): void {
  useEffect(() => {
    const look = () => {
      const value = loaded.value.peek()
      if (!loaded.isLoading.peek() && value !== undefined && moves(value)) void loaded.again()
    }
    return whileSeen((stop) => {
      // What came while nobody looked.
      look()
      // These lists have no stream of their own: a person sees a change after two seconds at the latest.
      const timer = setInterval(look, EVERY_MS)
      stop.addEventListener('abort', () => clearInterval(timer))
    })
  }, [loaded])
}
