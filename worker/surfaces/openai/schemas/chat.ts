import { z } from '@hono/zod-openapi'
import { Agent, Source, Step } from '../../../http/chat-completions/agent-fields.ts'
import { mcpServerNames } from '../../../http/chat-completions/mcp-servers.ts'
import { ChatFields, checkChat } from '../../../http/chat-completions/request.ts'
import { AGENT_TYPES } from '../../../services/agents/choosing.ts'
import { MAX_SERVERS_PER_RUN } from '../../../services/mcp/limits.ts'
import { Usage } from './common.ts'
import { Citation } from './responses/citation.ts'

const agentFields = {
  x_agent: Agent.optional().openapi({ description: 'Extension, of an answer that an agent has found.' }),
  x_citations: z
    .array(Source)
    .optional()
    .openapi({ description: 'Extension, of an answer that an agent has found.' }),
}

/** Documents that one chat may be held to. */
export const MAX_CHAT_DOCUMENTS = 100

const Documents = z
  .strictObject({
    ids: z
      .array(z.string().max(64))
      .min(1)
      .max(MAX_CHAT_DOCUMENTS)
      .optional()
      .openapi({ description: 'Only these documents.' }),
    search: z.boolean().optional().openapi({ description: 'All of your documents, where no ids are given.' }),
  })
  .nullish()
  .openapi({
    description:
      'Extension. The answer is given from your documents: the model is shown numbered passages of them, and the markers of its answer become `x_citations`.',
  })
export type DocumentsField = z.infer<typeof Documents>

/** `POST /v1/chat/completions`. */
export const ChatRequest = ChatFields.extend({
  x_documents: Documents,
  x_mcp_servers: mcpServerNames(MAX_SERVERS_PER_RUN),
  agent_type: z.enum(AGENT_TYPES).nullish().openapi({
    description:
      'Extension. An agent answers, in steps, where the question needs any; of a request with `tools` it is not heeded: those are yours to run.',
  }),
})
  .superRefine(checkChat)
  .openapi('ChatCompletionRequest')

const Citations = z
  .array(Citation)
  .optional()
  .openapi({ description: 'Extension, of answers from documents: a marker that no passage has is none.' })

const LikelyToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() }
const Logprobs = z
  .object({
    content: z.array(z.object({ ...LikelyToken, top_logprobs: z.array(z.object(LikelyToken)) })).nullable(),
    refusal: z.null(),
  })
  .openapi('Logprobs')

const ServiceTier = z
  .literal('default')
  .optional()
  .openapi({ description: 'Where the request gave one. There is one tier.' })

const FinishReason = z.enum(['stop', 'length', 'tool_calls'])

const ToolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
})

export const ChatCompletion = z
  .object({
    id: z.string().openapi({ example: 'chatcmpl-6921b2a00123456789abcdef' }),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          tool_calls: z.array(ToolCall).optional(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason,
        x_citations: Citations,
      }),
    ),
    service_tier: ServiceTier,
    usage: Usage,
    ...agentFields,
  })
  .openapi('ChatCompletion')
export type ChatCompletion = z.infer<typeof ChatCompletion>

const ToolCallChunk = z.object({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }),
})

export const ChatCompletionChunk = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          reasoning_content: z
            .string()
            .optional()
            .openapi({ description: 'Extension: a step of an agent, in a line.' }),
          tool_calls: z.array(ToolCallChunk).optional(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason.nullable(),
        x_citations: Citations,
      }),
    ),
    service_tier: ServiceTier,
    usage: Usage.nullable().optional(),
    ...agentFields,
    x_step: Step.optional().openapi({ description: 'Extension: the step that the line is about.' }),
  })
  .openapi('ChatCompletionChunk')
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>
