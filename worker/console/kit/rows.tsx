import { signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { askJson } from '../session/api.ts'
import { type Loaded, useLoaded } from './load.ts'

/** A list as the edge pages it. */
interface Page<Row> {
  data: Row[]
  has_more: boolean
}

/** The pages of a list that were turned to. */
export interface Rows<Row> {
  rows: readonly Row[]
  hasMore: boolean
}

export interface LoadedRows<Row> extends Loaded<Rows<Row>> {
  /** Turns to the next page as well. */
  more: () => void
}

/** Fetches a list by its cursor; fetched again, all pages of it that are shown. `path` may hold a query. */
export function useRows<Row extends { id: string }>(path: string, pageLength = 50): LoadedRows<Row> {
  const wanted = useMemo(() => signal(1), [path])
  const loaded = useLoaded<Rows<Row>>(
    async (stop) => {
      const begin = `${path}${path.includes('?') ? '&' : '?'}limit=${pageLength}`
      const rows: Row[] = []
      for (let page = 0; page < wanted.peek(); page += 1) {
        const last = rows.at(-1)
        const after = last ? `&after=${encodeURIComponent(last.id)}` : ''
        const { data, has_more: hasMore } = await askJson<Page<Row>>(begin + after, { signal: stop })
        rows.push(...data)
        if (!hasMore) return { rows, hasMore: false }
      }
      return { rows, hasMore: true }
    },
    [path],
  )
  const more = () => {
    wanted.value += 1
    void loaded.again()
  }
  return { ...loaded, more }
}

/** Leads on where a list has more than is shown. */
export function More<Row>({ of: { value, isLoading, more } }: { of: LoadedRows<Row> }) {
  if (!value.value?.hasMore) return null
  return (
    <button type="button" class="quiet" disabled={isLoading.value} onClick={more}>
      {isLoading.value ? 'Loading…' : 'Show more'}
    </button>
  )
}
