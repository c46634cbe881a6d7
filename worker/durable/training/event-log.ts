import { MIB } from '../../../shared/units.ts'
import type { EventPage, LoggedEvent } from '../../services/training/training-run.ts'

/** Events that are kept of a job: of steps, of which there may be many, and of all others. */
export const MAX_STEP_EVENTS = 1_000
export const MAX_OTHER_EVENTS = 2_000

/** Characters of events that are read at once; one event, however long, always is. */
export const MAX_PAGE_LENGTH = MIB

/** How often the oldest are looked for. */
const PRUNE_EVERY = 100

type Row = { id: number; at: number; level: LoggedEvent['level']; kind: LoggedEvent['kind'] } & {
  message: string
  data: string
}

const toEvent = ({ data, ...row }: Row): LoggedEvent => ({
  ...row,
  // `add` has written it.
  data: JSON.parse(data) as LoggedEvent['data'],
})

/** The events of one job, in the order in which they came. The oldest go where there are too many. */
export class EventLog {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  create(): void {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, level TEXT, kind TEXT, message TEXT, data TEXT)`)
  }

  add(event: Omit<LoggedEvent, 'id'>): LoggedEvent {
    const { at, level, kind, message, data } = event
    const { id } = this.#sql
      .exec<{ id: number }>(
        'INSERT INTO events (at, level, kind, message, data) VALUES (?, ?, ?, ?, ?) RETURNING id',
        ...[at, level, kind, message, JSON.stringify(data)],
      )
      .one()
    if (id % PRUNE_EVERY === 0) this.#prune()
    return { ...event, id }
  }

  page({ after, limit, order = 'desc' }: EventPage): { events: LoggedEvent[]; hasMore: boolean } {
    const [comparison, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC']
    const end = order === 'asc' ? 0 : Number.MAX_SAFE_INTEGER
    const rows = this.#sql.exec<Row>(
      `SELECT * FROM events WHERE id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
      after ?? end,
      limit + 1,
    )
    const events: LoggedEvent[] = []
    let length = 0
    // Row by row: thousands of answers to prompts would be read at once otherwise.
    for (const row of rows) {
      length += row.message.length + row.data.length
      if (events.length === limit || (events.length > 0 && length > MAX_PAGE_LENGTH)) {
        return { events, hasMore: true }
      }
      events.push(toEvent(row))
    }
    return { events, hasMore: false }
  }

  #prune(): void {
    for (const [condition, count] of [
      ["kind = 'metrics'", MAX_STEP_EVENTS],
      ["kind <> 'metrics'", MAX_OTHER_EVENTS],
    ] as const) {
      this.#sql.exec(
        `DELETE FROM events WHERE ${condition} AND id <= (
          SELECT id FROM events WHERE ${condition} ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        count,
      )
    }
  }
}
