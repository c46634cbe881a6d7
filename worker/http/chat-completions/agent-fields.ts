import { z } from '@hono/zod-openapi'
import type { AnswerRun, AnswerSource, AnswerStep } from '../../services/conversations/answer-steps.ts'
import { quoteFields } from './citation-fields.ts'

/** Characters of a result that a line of reasoning shows. */
const LINE_LENGTH = 200

/** A step of an agent, as answers tell it. */
export const Step = z
  .object({
    step: z.int(),
    state: z.enum(['started', 'waiting', 'ended']),
    tool: z.string(),
    decided_by: z.enum(['rule', 'model']).optional(),
    arguments: z.unknown().optional(),
    ok: z.boolean().optional(),
    code: z.string().optional(),
    result: z.string().optional().openapi({ description: 'As the model was shown it, or what went wrong.' }),
    ms: z.int().optional(),
  })
  .openapi('AgentStep')

/** A source that an agent has found. */
export const Source = z
  .union([
    z.object({ type: z.literal('web'), url: z.string(), title: z.string(), quote: z.string() }),
    z.object({ type: z.literal('document'), doc_id: z.string(), ...quoteFields }),
  ])
  .openapi('AgentSource')

/** The way in which an agent has answered. */
export const Agent = z
  .object({
    run_id: z.string().openapi({ description: 'Of `/v1/agents/runs`.' }),
    agent: z.string().openapi({ description: '`guided` goes by rules, for models that cannot decide.' }),
    status: z.enum(['completed', 'cancelled']),
    answered_by: z.enum(['rule', 'model']).nullable(),
    limit: z.string().nullable().openapi({ description: 'The limit that it came to.' }),
    steps: z.array(Step),
  })
  .openapi('Agent')

export const toStep = ({
  step,
  state,
  tool,
  decidedBy,
  shown,
  ms,
  ...rest
}: AnswerStep): z.infer<typeof Step> => ({
  step,
  state,
  tool,
  ...(decidedBy === undefined ? {} : { decided_by: decidedBy }),
  ...(rest.arguments === undefined ? {} : { arguments: rest.arguments }),
  ...(rest.ok === undefined ? {} : { ok: rest.ok }),
  ...(rest.code === undefined ? {} : { code: rest.code }),
  ...(shown === undefined ? {} : { result: shown }),
  ...(ms === undefined ? {} : { ms: Math.round(ms) }),
})

/** A source; `docIdOf` spells the id of a document. */
export const toSource = (
  source: AnswerSource,
  docIdOf: (documentId: string) => string,
): z.infer<typeof Source> => {
  if (source.type === 'web') return source
  const { documentId, fileId: _file, name, ...place } = source
  return { ...place, doc_id: docIdOf(documentId), filename: name }
}

export const toAgent = ({
  runId,
  loop,
  state,
  answeredBy,
  limit,
  steps,
}: AnswerRun): z.infer<typeof Agent> => ({
  run_id: runId,
  agent: loop,
  status: state,
  answered_by: answeredBy,
  limit,
  steps: steps.map(toStep),
})

/** A step in a line for a person, as `reasoning_content` shows it. */
export function lineOf({
  step,
  state,
  tool,
  decidedBy,
  arguments: given,
  ok,
  shown = '',
}: AnswerStep): string {
  if (state === 'started') return `${step}. ${tool} ${JSON.stringify(given)} (${decidedBy})\n`
  const line = shown.replaceAll(/\s+/g, ' ').trim()
  const brief = line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH).toWellFormed()}…` : line
  if (state === 'waiting') return `   waits: ${brief}\n`
  return `   ${ok ? '→' : 'failed:'} ${brief}\n`
}
