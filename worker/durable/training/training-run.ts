import { DurableObject } from 'cloudflare:workers'
import type { Serves } from '../../services/stubs.ts'
import {
  type AttemptOf,
  type EventPage,
  type JobMetrics,
  type RunAnswer,
  SERIES_NAMES,
  type Signed,
  type TrainingRunStub,
} from '../../services/training/training-run.ts'
import { EventLog, MAX_OTHER_EVENTS, MAX_STEP_EVENTS } from './event-log.ts'
import { Listeners } from './listeners.ts'

/** One job: its events, those who listen to them, and its metrics. Keyed by job id. */
export class TrainingRunObject extends DurableObject<Cloudflare.Env> implements Serves<TrainingRunStub> {
  readonly #events = new EventLog(this.ctx.storage.sql)
  readonly #listeners = new Listeners()

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    this.#events.create()
  }

  prepare(_jobId: string): void {}

  attend(_jobId: string): void {}

  greet(_of: AttemptOf): RunAnswer {
    return { stop: { keeps: false } }
  }

  report(_said: AttemptOf): RunAnswer {
    return { stop: { keeps: false } }
  }

  sign(_asked: AttemptOf): Signed {
    return { tokens: [], message: 'The job is not yours.' }
  }

  events(page: EventPage) {
    return this.#events.page(page)
  }

  watch(afterId: number): ReadableStream<Uint8Array> {
    const page = { after: afterId, limit: MAX_STEP_EVENTS + MAX_OTHER_EVENTS, order: 'asc' as const }
    return this.#listeners.open(this.#events.page(page).events, this.ctx.storage.kv.get('isOver') === true)
  }

  metrics(): JobMetrics {
    // Each name of the list, once.
    return Object.fromEntries(SERIES_NAMES.map((name) => [name, []])) as unknown as JobMetrics
  }
}
