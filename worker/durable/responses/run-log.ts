import { AppError, type ErrorCode } from '../../../shared/errors.ts'
import type { CallEvent } from '../../../shared/generation.ts'
import type { HostedEvent } from '../../services/responses/hosted/hosted-events.ts'
import type { ResponseBody } from '../../services/responses/response-body.ts'
import { itemIds, type ResponsePlan } from '../../services/responses/response-plan.ts'
import { type ResponseEvent, ResponseWriter } from '../../services/responses/response-writer.ts'

/** Characters of a row: it holds 2 MB, and a character is up to 3 bytes. */
const ROW_CHARACTERS = 500_000

/** A thing that happened to a run, and when. */
export type RunRecord = { at: number } & (
  | { calls: (CallEvent | HostedEvent)[] }
  | { failure: { code: ErrorCode; message: string } }
  | { cancelled: true }
)

/**
 * All that happened to one response, kept in its object's database: what the pool told, from which the events are written
 * again, the same ones, when the object was evicted.
 */
export class RunLog {
  readonly #sql: SqlStorage
  #plan: ResponsePlan | undefined
  #writer: ResponseWriter | undefined
  #now = 0
  #heard: (CallEvent | HostedEvent)[] = []
  #isOver = false
  /** Every event, by its number. */
  #events: ResponseEvent[] = []

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#read()
  }

  /** Undefined before it was begun. */
  get plan(): ResponsePlan | undefined {
    return this.#plan
  }

  get events(): readonly ResponseEvent[] {
    return this.#events
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** All that was told of the answer so far. */
  get heard(): readonly (CallEvent | HostedEvent)[] {
    return this.#heard
  }

  /** Whether the pool has told anything yet. */
  get hasBegun(): boolean {
    return this.#writer?.body.status !== 'queued'
  }

  get body(): ResponseBody | undefined {
    return this.#writer?.body
  }

  begin(plan: string): void {
    this.#sql.exec('create table plan (part integer primary key, text text not null)')
    this.#sql.exec('create table records (number integer primary key, record text not null)')
    for (let from = 0; from < plan.length; from += ROW_CHARACTERS)
      this.#sql.exec('insert into plan (text) values (?)', plan.slice(from, from + ROW_CHARACTERS))
    this.#read()
  }

  add(record: RunRecord): void {
    this.#sql.exec('insert into records (record) values (?)', JSON.stringify(record))
    this.#apply(record)
  }

  #read(): void {
    const isThere = this.#sql.exec("select 1 from sqlite_master where name = 'plan'").toArray().length > 0
    if (!isThere) return
    const parts = this.#sql.exec<{ text: string }>('select text from plan order by part').toArray()
    // The service wrote it.
    const plan = JSON.parse(parts.map(({ text }) => text).join('')) as ResponsePlan
    this.#plan = plan
    this.#writer = new ResponseWriter({
      head: plan.head,
      itemId: itemIds(plan.id),
      now: () => this.#now,
      include: plan.include,
    })
    this.#events = this.#writer.queue()
    this.#heard = []
    this.#isOver = false
    // An earlier life of the object wrote it.
    for (const { record } of this.#sql.exec<{ record: string }>('select record from records order by number'))
      this.#apply(JSON.parse(record) as RunRecord)
  }

  #apply(record: RunRecord): void {
    const writer = this.#writer
    if (!writer) return
    this.#now = record.at
    if ('cancelled' in record) {
      this.#events.push(...writer.cancel())
      this.#isOver = true
      return
    }
    if ('failure' in record) {
      const { code, message } = record.failure
      this.#events.push(...writer.fail(new AppError(code, message)))
      this.#isOver = true
      return
    }
    if (!this.hasBegun) this.#events.push(...writer.begin())
    for (const event of record.calls) {
      this.#events.push(...writer.take(event))
      this.#heard.push(event)
      if (event.type === 'end') this.#isOver = true
    }
  }
}
