import { type ReadonlySignal, signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'

/** The fields of a form while it is written. */
export interface Draft<Values extends object> {
  values: ReadonlySignal<Values>
  /** Writes some of the fields. */
  write: (some: Partial<Values>) => void
  /** Begins anew: it was sent, or is not wanted any more. */
  clear: () => void
}

function keptIn<Values extends object>(place: string, empty: Values): Values {
  const kept = sessionStorage.getItem(place)
  if (kept === null) return empty
  try {
    return { ...empty, ...JSON.parse(kept) }
  } catch {
    return empty // another version of the page wrote it
  }
}

/** A form's fields, kept over a reload in this tab. Holds plain values alone, and nothing secret. */
export function useDraft<Values extends object>(name: string, empty: Values): Draft<Values> {
  return useMemo(() => {
    const place = `switchyard.draft.${name}`
    const values = signal(keptIn(place, empty))
    return {
      values,
      write: (some) => {
        values.value = { ...values.peek(), ...some }
        sessionStorage.setItem(place, JSON.stringify(values.peek()))
      },
      clear: () => {
        values.value = empty
        sessionStorage.removeItem(place)
      },
    }
  }, [name])
}
