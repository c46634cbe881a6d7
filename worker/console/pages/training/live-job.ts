import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { announce } from '../../kit/announce.tsx'
import { type Loaded, useLoaded } from '../../kit/load.ts'
import { whileSeen } from '../../kit/watch.ts'
import { askJson } from '../../session/api.ts'
import { askEvents } from '../../session/events.ts'
import { isOver, type Job, type JobEvent, nameOf, pathOf, type Series, stateOf } from './job.ts'

/** A little later after each failure, and at most. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** Events come by many a second: what they change is fetched at most so often. */
const FETCH_EVERY_MS = 1_000

/** A job with what is told of it. */
export interface LiveJob {
  job: Loaded<Job>
  series: Signal<Series>
  /** All but the figures of steps, the newest last. */
  events: Signal<readonly JobEvent[]>
  failure: Signal<unknown>
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Where a stream goes on: the place that an event has among those of its job. */
const placeOf = ({ id }: JobEvent): string => id.slice(id.lastIndexOf('-') + 1)

/** Follows a job until it is over, while somebody sees it. */
export function useLiveJob(id: string): LiveJob {
  const job = useLoaded((stop) => askJson<Job>(pathOf(id), { signal: stop }), [id])
  const live = useMemo(
    () => ({
      series: signal<Series>({}),
      events: signal<readonly JobEvent[]>([]),
      failure: signal<unknown>(undefined),
    }),
    [id],
  )
  useEffect(() => {
    let last: string | undefined
    let isDue = true

    async function refresh(stop: AbortSignal): Promise<void> {
      if (!isDue) return
      isDue = false
      const before = job.value.peek()
      const { data } = await askJson<{ data: Series }>(`${pathOf(id)}/metrics`, { signal: stop })
      live.series.value = data
      await job.again()
      const now = job.value.peek()
      if (before && now && stateOf(before) !== stateOf(now)) announce(`${nameOf(now)}: ${stateOf(now)}.`)
    }

    async function read(stop: AbortSignal): Promise<void> {
      const headers = last === undefined ? {} : { 'last-event-id': last }
      const path = `${pathOf(id)}/events?stream=true`
      for await (const event of askEvents<JobEvent>(path, { headers, signal: stop })) {
        last = placeOf(event)
        isDue = true
        if (event.type !== 'metrics') live.events.value = [...live.events.peek(), event]
        live.failure.value = undefined
      }
    }

    async function follow(stop: AbortSignal): Promise<void> {
      for (let waitMs = FIRST_WAIT_MS; !stop.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
        try {
          await read(stop)
          isDue = true
          await refresh(stop)
          const now = job.value.peek()
          if (now && isOver(now)) return
        } catch (thrown) {
          if (stop.aborted) return
          live.failure.value = thrown
        }
        await pause(waitMs)
      }
    }

    return whileSeen((stop) => {
      // Bounds how often a person's page asks; a stream that says nothing causes no request.
      const timer = setInterval(() => {
        refresh(stop).catch((thrown: unknown) => {
          if (!stop.aborted) live.failure.value = thrown
        })
      }, FETCH_EVERY_MS)
      stop.addEventListener('abort', () => clearInterval(timer))
      void follow(stop)
    })
  }, [id, live, job])
  return { job, ...live }
}
