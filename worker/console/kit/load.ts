import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'

/** Something that is fetched: what there is of it, and how the last try went. */
export interface Loaded<Value> {
  value: Signal<Value | undefined>
  failure: Signal<unknown>
  isLoading: Signal<boolean>
  /** Fetches it again; what is there stays until it is replaced. */
  again: () => Promise<void>
}

/** Fetches when the component comes, and again when `keys` change; the last question's answer counts. */
export function useLoaded<Value>(
  fetchIt: (signal: AbortSignal) => Promise<Value>,
  keys: readonly unknown[] = [],
): Loaded<Value> {
  const loaded = useMemo(() => {
    const value = signal<Value | undefined>(undefined)
    const failure = signal<unknown>(undefined)
    const isLoading = signal(true)
    let current: AbortController | undefined
    const stop = () => current?.abort()
    const again = async () => {
      stop()
      const mine = new AbortController()
      current = mine
      isLoading.value = true
      try {
        const fetched = await fetchIt(mine.signal)
        if (mine.signal.aborted) return
        value.value = fetched
        failure.value = undefined
      } catch (thrown) {
        if (mine.signal.aborted) return
        failure.value = thrown
      }
      isLoading.value = false
    }
    return { value, failure, isLoading, again, stop }
  }, keys)
  useEffect(() => {
    void loaded.again()
    return loaded.stop
  }, [loaded])
  return loaded
}
