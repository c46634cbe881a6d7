import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { agentRuns } from '../../db/tables/agents.ts'
import { limitOf, readLimit } from '../accounts/plan-rows.ts'
import { readEvents } from '../inference/event-lines.ts'
import { sweep } from '../sweep.ts'
import type { WebhookEvents } from '../webhooks/events.ts'
import type { AgentRunStub, Hearing, RunEnd, RunReading, RunTrace } from './agent-run.ts'
import { MAX_RUNS_AT_ONCE, RUN_KEPT_MS, SHOWN_QUESTION_LENGTH } from './limits.ts'
import { answerHash, outsideBefore } from './outside.ts'
import { isOver, type NumberedEvent, type RunPlace, type RunState } from './run-events.ts'
import { questionOf, type RunSpec } from './spec.ts'

/** The events of a run as they arrive; an empty list is a sign of life. */
export type RunStream = AsyncGenerator<NumberedEvent[], void, void>

export type RunRow = typeof agentRuns.$inferSelect

/** Runs of a page of a list. */
export const MAX_RUNS_PER_PAGE = 100

/** A run that has not ended by then was lost with its object. */
const LOST_AFTER_MS = 3 * DAY_MS

export interface AgentRunsOptions {
  db: Db
  agentRun: (runId: string) => AgentRunStub
  webhookEvents: Pick<WebhookEvents, 'emit'>
  places: () => readonly string[]
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
}

/** A run as it is asked for. */
export type NewRun = Omit<RunSpec, 'id' | 'places' | 'isTainted' | 'foundAddresses'>

export type AgentRuns = ReturnType<typeof createAgentRuns>

const gone = (id: string) => new AppError('not_found', `There is no run '${id}'.`)

/** Runs of agents: begun, watched, stopped, read afterwards. Another account's do not exist. */
export function createAgentRuns({
  db,
  agentRun,
  webhookEvents,
  places,
  later,
  log,
  now = Date.now,
}: AgentRunsOptions) {
  async function* stream(id: string, reading: RunReading, signal: AbortSignal): RunStream {
    const { listenerId, events } = reading
    const leave = () =>
      later(
        agentRun(id)
          .leave(listenerId)
          .catch((thrown) => log.error('agent.not_left', { cause: causeOf(thrown) })),
      )
    // Wakes a reader that waits, and lets the run know at once.
    signal.addEventListener('abort', leave, { once: true })
    try {
      for await (const heard of readEvents<NumberedEvent>(events)) {
        signal.throwIfAborted()
        yield heard
        if (heard.some(({ type }) => type === 'run.ended')) return
      }
      signal.throwIfAborted()
      throw new AppError('node_failed', 'The run was interrupted.')
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
  }

  const eventOf = (spec: RunSpec) => ({
    id: spec.id,
    session_id: spec.sessionId ?? '',
    model: spec.model,
    agent_type: spec.agentType,
  })

  async function insert(spec: RunSpec): Promise<void> {
    const { id, accountId, loop, model, conversationId } = spec
    const question = questionOf(spec.messages).slice(0, SHOWN_QUESTION_LENGTH).toWellFormed()
    const open = sql`(select count(*) from agent_runs where account_id = ${accountId} and state in ('running', 'waiting_approval'))`
    const hasRoom = sql`${open} < ${limitOf(accountId, MAX_RUNS_AT_ONCE)}`
    const isAdded = sql`exists (select 1 from agent_runs where id = ${id})`
    const event = webhookEvents.emit(
      { accountId, type: 'agent.execution.started', data: eventOf(spec) },
      isAdded,
    )
    // In one transaction: of many at once, no more run than may.
    const row = sql`select ${id}, ${accountId}, ${loop}, ${model}, ${question}, 'running', null, 0, 0, ${conversationId}, null, null, ${now()}, null where ${hasRoom}`
    const added = db.insert(agentRuns).select(row).returning({ id: agentRuns.id })
    const results = await db.batch([added, ...event.statements])
    if (results[0].length === 0) {
      const limit = await readLimit(db, accountId, MAX_RUNS_AT_ONCE)
      const message = `Your plan has at most ${limit} runs at a time: wait for one to end, or stop it.`
      throw new AppError('limit_exceeded', message, { retryAfterSeconds: 5 })
    }
    event.deliver()
  }

  /** Begins a run. Throws `limit_exceeded` for one more than the plan has at a time. */
  async function begun(given: NewRun, hearing: Hearing): Promise<{ id: string; reading: RunReading }> {
    const before = await outsideBefore(db, given)
    const spec: RunSpec = { ...given, ...before, id: newId(), places: places() }
    await insert(spec)
    try {
      return { id: spec.id, reading: await agentRun(spec.id).start(spec, hearing) }
    } catch (thrown) {
      await db.update(agentRuns).set({ state: 'failed', endedAt: now() }).where(eq(agentRuns.id, spec.id))
      throw thrown
    }
  }

  return {
    /** Begins a run; see `begun`. Leaving its events, or the signal, is leaving it. */
    async start(
      given: NewRun,
      signal: AbortSignal,
      hearing: Hearing = 'pieces',
    ): Promise<{ id: string; events: RunStream }> {
      const { id, reading } = await begun(given, hearing)
      return { id, events: stream(id, reading, signal) }
    },

    /** Begins a run that nobody reads now: it goes on by itself. */
    async detach(given: Omit<NewRun, 'isDetached'>): Promise<string> {
      const { id, reading } = await begun({ ...given, isDetached: true }, 'whole')
      await reading.events.cancel()
      return id
    },

    /** The events of a run from a place on. Throws `not_found`. */
    async follow(
      accountId: string,
      id: string,
      place: RunPlace,
      signal: AbortSignal,
      hearing: Hearing = 'pieces',
    ): Promise<RunStream> {
      const reading = await agentRun(id).follow(accountId, place, hearing)
      if (!reading) throw gone(id)
      return stream(id, reading, signal)
    },

    /** Newest first, those behind the run `after`. */
    list: (
      accountId: string,
      { limit, after }: { limit: number; after?: string | undefined },
    ): Promise<RunRow[]> =>
      db
        .select()
        .from(agentRuns)
        .where(
          and(
            eq(agentRuns.accountId, accountId),
            after === undefined
              ? undefined
              : sql`(${agentRuns.createdAt}, ${agentRuns.id}) < (select created_at, id from agent_runs where id = ${after} and account_id = ${accountId})`,
          ),
        )
        .orderBy(desc(agentRuns.createdAt), desc(agentRuns.id))
        .limit(limit),

    /** A run with all its steps. Throws `not_found`. */
    async get(accountId: string, id: string): Promise<{ row: RunRow; trace: RunTrace }> {
      const [row] = await db
        .select()
        .from(agentRuns)
        .where(and(eq(agentRuns.id, id), eq(agentRuns.accountId, accountId)))
      const trace = row && (await agentRun(id).retrace(accountId))
      if (!row || !trace) throw gone(id)
      return { row, trace }
    },

    /** Stops a run: model and tools within a second. Throws `not_found`, and `conflict` for one that is over. */
    async cancel(accountId: string, id: string): Promise<void> {
      const { row } = await this.get(accountId, id)
      if (isOver(row.state) || !(await agentRun(id).cancel(accountId)))
        throw new AppError('conflict', `The run '${id}' is over.`)
    },

    /** Says whether a step may be done that waits for it. Throws `not_found`, and `conflict` where none waits, or somebody has said so already. */
    async approve(accountId: string, id: string, step: number, isApproved: boolean): Promise<void> {
      await this.get(accountId, id)
      if (!(await agentRun(id).approve(accountId, step, isApproved)))
        throw new AppError('conflict', `Step ${step} of the run waits for nobody's word.`)
    },

    /** Writes down that a run waits, or goes on. */
    async note(id: string, state: Extract<RunState, 'running' | 'waiting_approval'>): Promise<void> {
      await db
        .update(agentRuns)
        .set({ state })
        .where(and(eq(agentRuns.id, id), inArray(agentRuns.state, ['running', 'waiting_approval'])))
    },

    /** Writes down the end of a run, and tells of it. Safe to repeat. */
    async end(spec: RunSpec, { state, limit, usage, outside, answer }: RunEnd): Promise<void> {
      const data = { ...eventOf(spec), status: state }
      const isOpen = sql`exists (select 1 from agent_runs where id = ${spec.id} and state in ('running', 'waiting_approval'))`
      const event = webhookEvents.emit(
        { accountId: spec.accountId, type: 'agent.execution.completed', data },
        isOpen,
      )
      const figures = { promptTokens: usage.promptTokens, completionTokens: usage.completionTokens }
      const hash = outside && answer !== '' ? await answerHash(answer) : null
      const ended = db
        .update(agentRuns)
        .set({ state, stopReason: limit, ...figures, outside, answerHash: hash, endedAt: now() })
        .where(and(eq(agentRuns.id, spec.id), inArray(agentRuns.state, ['running', 'waiting_approval'])))
      const [first, ...others] = event.statements
      await (first ? db.batch([first, ...others, ended]) : ended)
      event.deliver()
    },

    /** Deletes runs that have had their time, with their objects, and ends those that were lost. */
    async sweep(): Promise<number> {
      await db
        .update(agentRuns)
        .set({ state: 'failed', endedAt: now() })
        .where(
          and(
            inArray(agentRuns.state, ['running', 'waiting_approval']),
            lt(agentRuns.createdAt, now() - LOST_AFTER_MS),
          ),
        )
      return sweep(async (rows) => {
        const old = await db
          .select({ id: agentRuns.id })
          .from(agentRuns)
          .where(lt(agentRuns.createdAt, now() - RUN_KEPT_MS))
          .limit(Math.min(rows, MAX_RUNS_PER_PAGE))
        await Promise.all(old.map(({ id }) => agentRun(id).forget()))
        if (old.length === 0) return 0
        await db.delete(agentRuns).where(
          inArray(
            agentRuns.id,
            old.map(({ id }) => id),
          ),
        )
        return old.length
      })
    },
  }
}
