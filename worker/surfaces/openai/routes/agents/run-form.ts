import type { z } from '@hono/zod-openapi'
import { toSource, toStep } from '../../../../http/chat-completions/agent-fields.ts'
import { SSE_KEEP_ALIVE, sseData } from '../../../../http/sse.ts'
import type { RunTrace } from '../../../../services/agents/agent-run.ts'
import type { RunRow, RunStream } from '../../../../services/agents/agent-runs.ts'
import { stepOf, stepsOf } from '../../../../services/agents/answer-by-agent.ts'
import { RUN_LIMITS } from '../../../../services/agents/limits.ts'
import {
  isOver,
  LOOPS,
  type NumberedEvent,
  placeBehind,
  type RunPlace,
  runPlaceId,
} from '../../../../services/agents/run-events.ts'
import type { AnswerSource } from '../../../../services/conversations/answer-steps.ts'
import { docIdOf } from '../../../../services/documents/doc-ids.ts'
import { seconds } from '../../account-form.ts'
import type { AgentRun, AgentRunEvent, AgentRunTrace } from '../../schemas/agent-run.ts'

const known = <Name extends string>(names: readonly Name[], name: string | null): Name | null =>
  names.find((one) => one === name) ?? null

/** A run as lists show it. */
export const toRun = (row: RunRow): z.infer<typeof AgentRun> => ({
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

/** A run with all that it did. */
export function toTrace(row: RunRow, { state, events, answer }: RunTrace): z.infer<typeof AgentRunTrace> {
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

/** The events of a run as server-sent events, each with the place behind it. */
export async function* spelledRun(
  stream: Promise<RunStream> | RunStream,
  from: RunPlace,
): AsyncGenerator<string, void, void> {
  const tools = new Map<number, string>()
  let place = from
  for await (const heard of await stream) {
    if (heard.length === 0) yield SSE_KEEP_ALIVE
    for (const event of heard) {
      place = placeBehind(place, event)
      yield `id: ${runPlaceId(place)}\n${sseData(toEvent(event, tools))}`
    }
  }
}
