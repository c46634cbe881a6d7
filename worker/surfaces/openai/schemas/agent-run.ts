import { z } from '@hono/zod-openapi'
import { Source, Step } from '../../../http/chat-completions/agent-fields.ts'
import { mcpServerNames } from '../../../http/chat-completions/mcp-servers.ts'
import { ChatFields } from '../../../http/chat-completions/request.ts'
import { MAX_RUNS_PER_PAGE } from '../../../services/agents/agent-runs.ts'
import { AGENT_TYPES } from '../../../services/agents/choosing.ts'
import { MAX_TOOL_CALLS, RUN_LIMITS } from '../../../services/agents/limits.ts'
import { LOOPS, parseRunPlace, RUN_STATES } from '../../../services/agents/run-events.ts'
import { MAX_SERVERS_PER_RUN } from '../../../services/mcp/limits.ts'
import { listOf, pageOf } from '../list-form.ts'

const Usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int() })

/** A run as lists show it. */
export const AgentRun = z
  .object({
    id: z.string(),
    object: z.literal('agent.run'),
    status: z.enum(RUN_STATES),
    agent: z.enum(LOOPS).openapi({ description: '`guided` goes by rules, for models that cannot decide.' }),
    model: z.string(),
    question: z.string().openapi({ description: 'Its first 500 characters.' }),
    created: z.int(),
    ended_at: z.int().nullable(),
    limit: z.enum(RUN_LIMITS).nullable().openapi({ description: 'The limit that it came to, if any.' }),
    usage: Usage.nullable().openapi({ description: 'Null until it has ended.' }),
  })
  .openapi('AgentRun')

/** A step of a run, with its own figures. */
const TracedStep = Step.extend({
  usage: Usage.extend({ cached_prompt_tokens: z.int() }).nullable().openapi({
    description: 'Tokens by which it was decided; null where it has not ended.',
  }),
  sources: z.array(Source),
}).openapi('AgentRunStep')

/** A run with all that it did. */
export const AgentRunTrace = AgentRun.extend({
  steps: z.array(TracedStep),
  answer: z.string().openapi({ description: 'As far as it has come.' }),
  answered_by: z.enum(['rule', 'model']).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  sources: z.array(Source),
}).openapi('AgentRunTrace')

export const AgentRunList = listOf(AgentRun).openapi('AgentRunList')

/** An event of a run as it lives. Its SSE id is where to go on from. */
export const AgentRunEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('run.started'), run_id: z.string(), agent: z.enum(LOOPS), model: z.string() }),
    z.object({ type: z.literal('step'), step: Step }),
    z.object({
      type: z.literal('answer.delta'),
      from: z
        .int()
        .openapi({ description: 'Where the piece begins; before what was heard: the answer began anew.' }),
      text: z.string(),
    }),
    z.object({
      type: z.literal('run.ended'),
      status: z.enum(['completed', 'failed', 'cancelled']),
      limit: z.enum(RUN_LIMITS).nullable(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
      usage: Usage,
      sources: z.array(Source),
    }),
  ])
  .openapi('AgentRunEvent')

/** `POST /v1/agents/runs`: the question as a chat asks it, and how it is to be answered. */
export const AgentRunRequest = z
  .strictObject({
    ...ChatFields.pick({
      model: true,
      messages: true,
      temperature: true,
      top_p: true,
      top_k: true,
      min_p: true,
    }).shape,
    ...ChatFields.pick({ seed: true, max_tokens: true, user: true, safety_identifier: true }).shape,
    agent_type: z.enum(AGENT_TYPES).default('auto'),
    x_mcp_servers: mcpServerNames(MAX_SERVERS_PER_RUN),
    stream: z
      .boolean()
      .default(false)
      .openapi({ description: 'The events of the run, as `/events` tells them.' }),
    background: z.boolean().default(false).openapi({
      description: 'The run goes on without a reader, to its end; `/events` follows it, `/cancel` stops it.',
    }),
  })
  .openapi('AgentRunRequest')

export const RunParams = z.object({
  run_id: z
    .string()
    .max(64)
    .openapi({ param: { name: 'run_id', in: 'path' } }),
})

export const RunPage = pageOf(MAX_RUNS_PER_PAGE)

const place = (description: string) =>
  z
    .string()
    .refine((id) => parseRunPlace(id) !== undefined, { error: 'expected the id of an event' })
    .optional()
    .openapi({ description })

export const RunEventsQuery = z.object({
  starting_after: place('The id of the last event that was heard; as the header `Last-Event-ID`.'),
})
export const RunEventsHeaders = z.object({ 'last-event-id': place('Sent by browsers that come back.') })

export const Approval = z
  .strictObject({ step: z.int().min(1).max(MAX_TOOL_CALLS), approve: z.boolean() })
  .openapi('AgentApproval')
