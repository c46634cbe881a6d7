import { createRoute, type z } from '@hono/zod-openapi'
import { toAppError } from '../../../../../shared/errors.ts'
import { toSource, toStep } from '../../../../http/chat-completions/agent-fields.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { readerOf } from '../../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../../http/openai-errors.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../../../http/sse.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { RunTrace } from '../../../../services/agents/agent-run.ts'
import type { AgentRuns, RunRow } from '../../../../services/agents/agent-runs.ts'
import { stepOf, stepsOf } from '../../../../services/agents/answer-by-agent.ts'
import { RUN_LIMITS } from '../../../../services/agents/limits.ts'
import {
  isOver,
  LOOPS,
  type NumberedEvent,
  parseRunPlace,
  placeBehind,
  RUN_BEGINNING,
  type RunPlace,
  runPlaceId,
} from '../../../../services/agents/run-events.ts'
import type { AnswerSource } from '../../../../services/conversations/answer-steps.ts'
import { docIdOf } from '../../../../services/documents/doc-ids.ts'
import { seconds } from '../../account-form.ts'
import {
  AgentRun,
  AgentRunEvent,
  AgentRunList,
  AgentRunTrace,
  Approval,
  RunEventsHeaders,
  RunEventsQuery,
  RunPage,
  RunParams,
} from '../../schemas/agent-run.ts'
import { failures } from '../../schemas/common.ts'

const tags = ['Agents']
const security = [{ bearer: [] }]

const listRuns = createRoute({
  method: 'get',
  path: '/v1/agents/runs',
  operationId: 'listAgentRuns',
  tags,
  security,
  summary: 'Your runs of agents of the last 30 days, newest first',
  request: { query: RunPage },
  responses: { 200: json(AgentRunList, 'A page of runs.'), ...failures },
})

const getRun = createRoute({
  method: 'get',
  path: '/v1/agents/runs/{run_id}',
  operationId: 'retrieveAgentRun',
  tags,
  security,
  summary: 'One run: who decided what, with which arguments, and what came of it',
  request: { params: RunParams },
  responses: { 200: json(AgentRunTrace, 'The run.'), ...failures },
})

const followRun = createRoute({
  method: 'get',
  path: '/v1/agents/runs/{run_id}/events',
  operationId: 'followAgentRun',
  tags,
  security,
  summary: 'A run as it goes on; resumable',
  request: { params: RunParams, query: RunEventsQuery, headers: RunEventsHeaders },
  responses: {
    200: {
      description: 'Server-sent events, each an `AgentRunEvent`.',
      content: { 'text/event-stream': { schema: AgentRunEvent } },
    },
    ...failures,
  },
})

const cancelRun = createRoute({
  method: 'post',
  path: '/v1/agents/runs/{run_id}/cancel',
  operationId: 'cancelAgentRun',
  tags,
  security,
  summary: 'Stop a run: its model and its tools, within a second',
  request: { params: RunParams },
  responses: { 200: json(AgentRun, 'The run as it is now.'), ...failures },
})

const approveStep = createRoute({
  method: 'post',
  path: '/v1/agents/runs/{run_id}/approve',
  operationId: 'approveAgentStep',
  tags,
  security,
  summary: 'Say whether a step may be done that waits for a person; the first word stands',
  request: { params: RunParams, body: jsonBody(Approval) },
  responses: { 200: json(AgentRun, 'The run as it is now.'), ...failures },
})

const known = <Name extends string>(names: readonly Name[], name: string | null): Name | null =>
  names.find((one) => one === name) ?? null

const toRun = (row: RunRow): z.infer<typeof AgentRun> => ({
  id: row.id,
  object: 'agent.run',
  status: row.state,
  agent: known(LOOPS, row.loop) ?? 'react',
  model: row.model,
  question: row.question,
  created: seconds(row.createdAt),
  ended_at: row.endedAt === null ? null : seconds(row.endedAt),
  limit: known(RUN_LIMITS, row.stopReason),
  usage: isOver(row.state)
    ? { prompt_tokens: row.promptTokens, completion_tokens: row.completionTokens }
    : null,
})

const sourceOf = (source: AnswerSource) => toSource(source, docIdOf)

const isStep = (event: NumberedEvent) =>
  event.type === 'step.started' || event.type === 'step.waiting' || event.type === 'step.ended'

function toTrace(row: RunRow, { state, events, answer }: RunTrace): z.infer<typeof AgentRunTrace> {
  const tools = new Map<number, string>()
  const told = events.filter(isStep).map((event) => stepOf(event, tools))
  const ends = new Map(events.flatMap((event) => (event.type === 'step.ended' ? [[event.step, event]] : [])))
  const ended = events.findLast((event) => event.type === 'run.ended')
  return {
    ...toRun(row),
    status: state,
    steps: stepsOf(told).map((step) => {
      const end = ends.get(step.step)
      return {
        ...toStep(step),
        usage: end
          ? {
              prompt_tokens: end.usage.promptTokens,
              cached_prompt_tokens: end.usage.cachedPromptTokens,
              completion_tokens: end.usage.completionTokens,
            }
          : null,
        sources: end?.citations.map(sourceOf) ?? [],
      }
    }),
    answer,
    answered_by: ended?.answeredBy ?? null,
    error: ended?.error ?? null,
    sources: ended?.citations.map(sourceOf) ?? [],
  }
}

/** The words of an event; undefined for what a listener needs not know. */
function toEvent(event: NumberedEvent, tools: Map<number, string>): z.infer<typeof AgentRunEvent> {
  if (isStep(event)) return { type: 'step', step: toStep(stepOf(event, tools)) }
  if (event.type === 'run.started')
    return { type: 'run.started', run_id: event.runId, agent: event.loop, model: event.model }
  if (event.type === 'answer.delta') return { type: 'answer.delta', from: event.from, text: event.text }
  return {
    type: 'run.ended',
    status: event.state,
    limit: event.limit,
    error: event.error,
    usage: { prompt_tokens: event.usage.promptTokens, completion_tokens: event.usage.completionTokens },
    sources: event.citations.map(sourceOf),
  }
}

async function* spelled(
  runs: AgentRuns,
  { accountId, runId, from }: { accountId: string; runId: string; from: RunPlace },
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const tools = new Map<number, string>()
  let place = from
  for await (const heard of await runs.follow(accountId, runId, from, signal)) {
    if (heard.length === 0) yield SSE_KEEP_ALIVE
    for (const event of heard) {
      place = placeBehind(place, event)
      yield `id: ${runPlaceId(place)}\n${sseData(toEvent(event, tools))}`
    }
  }
}

export function agentRunRoutes(app: Surface, runs: AgentRuns): void {
  app.openapi(listRuns, async (c) => {
    const { limit, after } = c.req.valid('query')
    const rows = await runs.list(accountOf(c).id, { limit: limit + 1, after })
    const data = rows.slice(0, limit).map(toRun)
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
    return c.json({ object: 'list' as const, data, ...ends, has_more: rows.length > limit }, 200)
  })

  app.openapi(getRun, async (c) => {
    const { row, trace } = await runs.get(accountOf(c).id, c.req.valid('param').run_id)
    return c.json(toTrace(row, trace), 200)
  })

  app.openapi(followRun, (c) => {
    const id = c.req.valid('query').starting_after ?? c.req.valid('header')['last-event-id']
    const from = (id === undefined ? undefined : parseRunPlace(id)) ?? RUN_BEGINNING
    const asked = { accountId: accountOf(c).id, runId: c.req.valid('param').run_id, from }
    return sseResponse(
      (signal) => spelled(runs, asked, signal),
      (thrown) => sseData(openaiErrorBody(toAppError(thrown))),
      readerOf(c),
    )
  })

  app.openapi(cancelRun, async (c) => {
    const { run_id: id } = c.req.valid('param')
    await runs.cancel(accountOf(c).id, id)
    return c.json(toRun((await runs.get(accountOf(c).id, id)).row), 200)
  })

  app.openapi(approveStep, async (c) => {
    const { run_id: id } = c.req.valid('param')
    const { step, approve } = c.req.valid('json')
    await runs.approve(accountOf(c).id, id, step, approve)
    return c.json(toRun((await runs.get(accountOf(c).id, id)).row), 200)
  })
}
