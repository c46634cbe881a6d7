import { createRoute } from '@hono/zod-openapi'
import { AppError, toAppError } from '../../../../../shared/errors.ts'
import type { GenerationRequest } from '../../../../../shared/generation.ts'
import { seedIn } from '../../../../http/chat-completions/seeds.ts'
import { toChatOptions } from '../../../../http/chat-completions/translate.ts'
import { toMessages } from '../../../../http/chat-completions/translate-messages.ts'
import { json, jsonBody, jsonOrEvents } from '../../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../../http/openai-errors.ts'
import { sseData, sseResponse } from '../../../../http/sse.ts'
import type { Surface } from '../../../../http/surface.ts'
import type { AgentRuns } from '../../../../services/agents/agent-runs.ts'
import { type AskedAgent, heardToTheEnd, unbroken } from '../../../../services/agents/answer-by-agent.ts'
import { loopOf } from '../../../../services/agents/choosing.ts'
import { RUN_BEGINNING } from '../../../../services/agents/run-events.ts'
import { questionOf } from '../../../../services/agents/spec.ts'
import { randomSeed } from '../../../../services/conversations/answering.ts'
import { type AgentChatServices, askedAgent } from '../../agent-chat.ts'
import { callerOf, letIn } from '../../call.ts'
import { AgentRun, AgentRunRequest, AgentRunTrace } from '../../schemas/agent-run.ts'
import { failures } from '../../schemas/common.ts'
import { spelledRun, toRun, toTrace } from './run-form.ts'

const startRun = createRoute({
  method: 'post',
  path: '/v1/agents/runs',
  operationId: 'createAgentRun',
  tags: ['Agents'],
  security: [{ bearer: [] }],
  summary: 'Have a question answered by an agent: waited for, streamed, or in the background',
  request: {
    body: jsonBody(AgentRunRequest, {
      model: 'starter',
      messages: [{ role: 'user', content: 'What time is it in Seoul?' }],
      background: true,
    }),
  },
  responses: {
    200: jsonOrEvents(
      AgentRunTrace,
      'AgentRunEvent',
      'The run at its end, or with `stream: true` as it goes on.',
    ),
    202: {
      ...json(AgentRun, 'The run has begun, and goes on in the background.'),
      headers: { location: { description: 'The run.', schema: { type: 'string' as const } } },
    },
    ...failures,
  },
})

/** Waits for the end of a run whose caller waits; one who leaves stops it. Throws what it failed with. */
async function waitedFor(runs: AgentRuns, asked: AskedAgent, signal: AbortSignal): Promise<string> {
  const begun = await runs.start(asked, signal, 'whole')
  for await (const heard of heardToTheEnd(runs, asked.accountId, begun, signal, 'whole')) {
    const end = heard.find((event) => event.type === 'run.ended')
    if (end?.error) throw new AppError(end.error.code, end.error.message)
  }
  return begun.id
}

export interface RunStartServices extends AgentChatServices {
  countQuery: (accountId: string) => void
}

/** Runs of agents that are asked for as such, and not by a chat. */
export function agentRunStartRoute(app: Surface, services: RunStartServices): void {
  const { agentRuns, modelSizes, countQuery } = services
  app.openapi(startRun, async (c) => {
    const body = c.req.valid('json')
    const { agent_type: agentType, x_mcp_servers: serverNames, background, stream } = body
    const model = letIn(c, body)
    const caller = callerOf(c)
    const { accountId } = caller
    const seed = seedIn(c.get('body'), body.seed)
    const messages = toMessages(body.messages)
    const options = toChatOptions({ ...body, model, seed }, randomSeed())
    const request: GenerationRequest = { prompt: { kind: 'chat', messages }, ...options }
    const decides = await modelSizes.decides(model)
    const loop = loopOf(questionOf(messages), { agentType, decides })
    const asked = {
      ...(await askedAgent(services, { c, request, caller, loop, agentType, serverNames })),
      isDetached: background,
    }
    countQuery(accountId)
    if (stream)
      return sseResponse(
        async function* (signal) {
          const begun = await agentRuns.start(asked, signal)
          yield* spelledRun(unbroken(agentRuns, accountId, begun, signal), RUN_BEGINNING)
        },
        (thrown) => sseData(openaiErrorBody(toAppError(thrown))),
        readerOf(c),
      )
    if (background) {
      const id = await agentRuns.detach(asked)
      return c.json(toRun((await agentRuns.get(accountId, id)).row), 202, {
        location: `/v1/agents/runs/${id}`,
      })
    }
    const id = await whileAllowed(readerOf(c), (signal) => waitedFor(agentRuns, asked, signal))
    const { row, trace } = await agentRuns.get(accountId, id)
    return c.json(toTrace(row, trace), 200)
  })
}
