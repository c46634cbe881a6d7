import type { Journal } from '../../services/agents/journal.ts'
import type { NumberedEvent, Piece, RunEvent, RunPlace, RunState } from '../../services/agents/run-events.ts'
import type { RunSpec } from '../../services/agents/spec.ts'
import type { KeptCall } from '../../services/metering/call-rows.ts'
import { SaidAnswer } from './said-answer.ts'

/** Characters of one row: a row holds 2 MB, and a character is up to 3 bytes. */
const PART_LENGTH = 500_000

/** The storage of one run: what it is, what was done, and what was told of it. */
export class RunStore implements Journal {
  readonly #sql: SqlStorage
  readonly #kv: SyncKvStorage
  /** Of the last event. Nobody else writes here, and it is asked for each piece of an answer. */
  #lastSeq: number | undefined
  readonly said: SaidAnswer

  constructor({ storage }: DurableObjectState) {
    this.#sql = storage.sql
    this.#kv = storage.kv
    this.#sql.exec('create table if not exists events (seq integer primary key, event text not null)')
    this.#sql.exec(
      'create table if not exists journal (key text not null, part integer not null, text text not null, primary key (key, part))',
    )
    this.said = new SaidAnswer(storage.sql)
  }

  get spec(): RunSpec | undefined {
    return this.#kv.get<RunSpec>('spec')
  }

  get state(): RunState {
    return this.#kv.get<RunState>('state') ?? 'running'
  }

  set state(state: RunState) {
    this.#kv.put('state', state)
  }

  get startedAt(): number {
    return this.#kv.get<number>('startedAt') ?? 0
  }

  /** Whether somebody has asked to stop it. */
  get isCancelled(): boolean {
    return this.#kv.get<boolean>('cancelled') ?? false
  }

  /** Whether its end is written down where lists read it. */
  get isRecorded(): boolean {
    return this.#kv.get<boolean>('recorded') ?? false
  }

  begin(spec: RunSpec, now: number): void {
    this.#kv.put('spec', spec)
    this.#kv.put('startedAt', now)
    this.state = 'running'
  }

  markCancelled(): void {
    this.#kv.put('cancelled', true)
  }

  markRecorded(): void {
    this.#kv.put('recorded', true)
  }

  /** Keeps a call of the model until it is written down where usage is counted. */
  keepCall(call: KeptCall): void {
    this.#kv.put('calls', [...(this.#kv.get<KeptCall[]>('calls') ?? []), call])
  }

  /** The calls that are to be written down next: the same ones until `dropTakenCalls`, so that they are written once. */
  takeCalls(): readonly KeptCall[] {
    const before = this.#kv.get<KeptCall[]>('taken_calls')
    if (before) return before
    const calls = this.#kv.get<KeptCall[]>('calls') ?? []
    if (calls.length > 0) {
      this.#kv.put('taken_calls', calls)
      this.#kv.delete('calls')
    }
    return calls
  }

  dropTakenCalls(): void {
    this.#kv.delete('taken_calls')
  }

  has(key: string): boolean {
    return [...this.#sql.exec('select 1 from journal where key = ? limit 1', key)].length > 0
  }

  read(key: string): unknown {
    const parts = [...this.#sql.exec('select text from journal where key = ? order by part', key)]
    return parts.length === 0 ? undefined : JSON.parse(parts.map(({ text }) => String(text)).join(''))
  }

  write(key: string, value: unknown): void {
    const text = JSON.stringify(value ?? null)
    this.#sql.exec('delete from journal where key = ?', key)
    for (let part = 0; part * PART_LENGTH < text.length; part += 1) {
      const piece = text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH)
      this.#sql.exec('insert into journal (key, part, text) values (?, ?, ?)', key, part, piece)
    }
  }

  /** Keeps an event under the next number. Pieces of the answer are kept by `say`. */
  add(event: RunEvent): NumberedEvent {
    const seq = this.lastSeq + 1
    this.#sql.exec('insert into events (seq, event) values (?, ?)', seq, JSON.stringify(event))
    this.#lastSeq = seq
    return { ...event, seq }
  }

  get lastSeq(): number {
    this.#lastSeq ??= this.#readLastSeq()
    return this.#lastSeq
  }

  #readLastSeq(): number {
    const [row] = this.#sql.exec('select coalesce(max(seq), 0) as seq from events')
    return Number(row?.seq ?? 0)
  }

  takeSaid(): Piece {
    return this.said.take()
  }

  say(from: number, piece: Piece): void {
    this.said.say(from, piece)
  }

  /** The answer as far as it has come. */
  get answer(): string {
    if (this.said.text !== '') return this.said.text
    const kept = this.read('answering') as { text: string } | undefined // by an earlier version, in its runs
    return kept?.text ?? ''
  }

  /** Everything that was told, but for the pieces of the answer. */
  events(behind = 0): NumberedEvent[] {
    return [...this.#sql.exec('select seq, event from events where seq > ? order by seq', behind)].map(
      ({ seq, event }) => ({ ...(JSON.parse(String(event)) as RunEvent), seq: Number(seq) }), // written by `add`
    )
  }

  /** The events that a listener at a place has missed. The answer stands before the end. */
  missed(place: RunPlace): NumberedEvent[] {
    const { answer } = this
    const events = this.events(place.seq)
    const isBehind = place.offset <= answer.length && answer.startsWith(place.said?.text ?? '')
    const from = isBehind ? place.offset : 0
    const toldTokens = from === 0 ? 0 : (place.said?.tokens.length ?? this.said.tokens.length)
    if (from >= answer.length) return events
    const piece: NumberedEvent = {
      type: 'answer.delta',
      from,
      text: answer.slice(from),
      tokens: this.said.tokens.slice(toldTokens),
      seq: Math.max(place.seq, events.at(-1)?.type === 'run.ended' ? this.lastSeq - 1 : this.lastSeq),
    }
    const end = events.at(-1)
    return end?.type === 'run.ended' ? [...events.slice(0, -1), piece, end] : [...events, piece]
  }

  approval(step: number): boolean | undefined {
    return this.#kv.get<boolean>(`approval:${step}`)
  }

  setApproval(step: number, isApproved: boolean): void {
    this.#kv.put(`approval:${step}`, isApproved)
  }
}
