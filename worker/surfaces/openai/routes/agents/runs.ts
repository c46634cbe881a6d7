import { createRoute } from '@hono/zod-openapi'
import { toAppError } from '../../../../../shared/errors.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { readerOf } from '../../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../../http/openai-errors.ts'
import { sseData, sseResponse } from '../../../../http/sse.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { AgentRuns } from '../../../../services/agents/agent-runs.ts'
import { parseRunPlace, RUN_BEGINNING } from '../../../../services/agents/run-events.ts'
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
import { spelledRun, toRun, toTrace } from './run-form.ts'

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
  request: { params: RunParams, body: jsonBody(Approval, { step: 1, approve: true }) },
  responses: { 200: json(AgentRun, 'The run as it is now.'), ...failures },
})

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
    const { run_id: runId } = c.req.valid('param')
    return sseResponse(
      (signal) => spelledRun(runs.follow(accountOf(c).id, runId, from, signal), from),
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
