import { useSignal } from '@preact/signals'

/** Work that a button or a form begins. */
export interface Once {
  isBusy: boolean
  failure: unknown
  /** Does it, unless it is being done: a double click is one. */
  run: (work: () => Promise<unknown>) => Promise<void>
}

/** Lets one piece of work run at a time, and keeps how the last one failed. */
export function useOnce(): Once {
  const isBusy = useSignal(false)
  const failure = useSignal<unknown>(undefined)
  return {
    isBusy: isBusy.value,
    failure: failure.value,
    run: async (work) => {
      if (isBusy.peek()) return
      isBusy.value = true
      failure.value = undefined
      try {
        await work()
      } catch (thrown) {
        failure.value = thrown
      }
      isBusy.value = false
    },
  }
}
