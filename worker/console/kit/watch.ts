import { useEffect } from 'preact/hooks'
import type { Loaded } from './load.ts'

const EVERY_MS = 2_000

/** Fetches again as long as something of it moves and somebody looks. */
export function useWatched<Value>(loaded: Loaded<Value>, moves: (value: Value) => boolean): void {
  useEffect(() => {
    // These lists have no stream of their own: a person sees a change after two seconds at the latest.
    const timer = setInterval(() => {
      const value = loaded.value.peek()
      const isDue = document.visibilityState === 'visible' && !loaded.isLoading.peek()
      if (isDue && value !== undefined && moves(value)) void loaded.again()
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [loaded])
}
