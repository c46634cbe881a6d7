import { z } from '@hono/zod-openapi'
import { MAX_MODEL_NAME_LENGTH } from '../../../shared/node.ts'
import { Agent, Source, Step } from '../../http/chat-completions/agent-fields.ts'
import { markerFields, quoteFields } from '../../http/chat-completions/citation-fields.ts'
import { mcpServerNames } from '../../http/chat-completions/mcp-servers.ts'
import {
  AssistantMessage,
  DeveloperMessage,
  SystemMessage,
  UserMessage,
} from '../../http/chat-completions/messages.ts'
import { ChatFields, checkChat } from '../../http/chat-completions/request.ts'
import { only } from '../../http/chat-completions/sampling-fields.ts'
import { toMessages } from '../../http/chat-completions/translate-messages.ts'
import { json } from '../../http/json-content.ts'
import { MAX_EMAIL_LENGTH } from '../../services/accounts/login-names.ts'
import { AGENT_TYPES } from '../../services/agents/choosing.ts'
import { MAX_MESSAGE_LENGTH } from '../../services/conversations/messages.ts'
import { DEFAULT_TEMPERATURE } from '../../services/conversations/question.ts'
import { MAX_SERVERS_PER_RUN } from '../../services/mcp/limits.ts'

export const MAX_PASSWORD_LENGTH = 1_024

const ErrorBody = z.object({ error: z.string(), detail: z.string(), status_code: z.int() }).openapi('Error')
const AuthenticationError = z.object({ detail: z.string() }).openapi('AuthenticationError')
const ValidationError = z
  .object({
    detail: z.array(
      z.object({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string(), type: z.string() }),
    ),
  })
  .openapi('ValidationError')
const RateLimitError = z
  .object({
    error: z.literal('Rate limit exceeded'),
    detail: z.string(),
    retry_after: z.int().openapi({ description: 'Seconds.' }),
  })
  .openapi('RateLimitError')

/** The failure that any route can have. */
export const anyFailure = {
  400: json(ErrorBody, 'The request cannot be read.'),
  500: json(ErrorBody, 'A mistake of ours.'),
  default: json(ErrorBody, 'Any other failure.'),
} as const
export const wrongLogin = {
  401: json(AuthenticationError, 'The username or the password is wrong.'),
  429: json(RateLimitError, 'Too many logins failed.'),
} as const
/** The failures of a route that asks for an account. */
export const refusals = {
  401: json(AuthenticationError, 'The token is missing or not valid.'),
  403: json(AuthenticationError, 'The token has expired.'),
  429: json(
    RateLimitError,
    'More than 100 requests in a minute or 1000 in a day; administrators have no limit.',
  ),
} as const
export const unprocessable = { 422: json(ValidationError, 'Every field that is missing or wrong.') } as const

export const Information = z
  .object({ message: z.string(), version: z.string(), status: z.literal('running') })
  .openapi('Information')

const host = z.string().openapi({ description: 'What runs the models: the pool of GPU nodes.' })

export const Healthy = z
  .object({
    status: z.literal('healthy'),
    ollama_host: host,
    model: z.string().nullable().openapi({
      description: 'The default model, or else the first that a node holds; null while none holds any.',
    }),
  })
  .openapi('Healthy')
export const Unhealthy = z
  .object({ status: z.literal('unhealthy'), error: z.string(), ollama_host: host })
  .openapi('Unhealthy')

export const Login = z
  .object({
    username: z
      .string()
      .min(1)
      .max(MAX_EMAIL_LENGTH)
      .openapi({ description: 'The username or the email of the account.' }),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
  })
  .openapi('Login')

export const User = z
  .object({
    username: z
      .string()
      .nullable()
      .openapi({ description: 'The email of an account that has no username; null where it has neither.' }),
    role: z.enum(['admin', 'user']),
  })
  .openapi('User')

export const LoggedIn = z
  .object({ access_token: z.string(), token_type: z.literal('bearer'), user: User })
  .openapi('LoggedIn')

export const Model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.literal('switchyard'),
  })
  .openapi('Model')
export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) }).openapi('ModelList')

/** Messages of one request: each is stored by a statement of its own, and D1 runs 1,000 for one request. */
export const MAX_MESSAGES = 500
export const MAX_SESSION_ID_LENGTH = 128
export const MAX_TEMPERATURE = 1

/** Not supported here, whatever is said of it. */
const unsupported = z.null({ error: 'it is not supported' }).optional()

const Turn = z
  .discriminatedUnion('role', [SystemMessage, DeveloperMessage, UserMessage, AssistantMessage])
  .superRefine((turn, context) => {
    const refuse = (field: string) =>
      context.addIssue({ code: 'custom', path: [field], message: 'it is not supported' })
    if (turn.name !== undefined) refuse('name')
    if (turn.role === 'assistant' && turn.tool_calls?.length) refuse('tool_calls')
    if (turn.role === 'assistant' && turn.function_call) refuse('function_call')
    if (toMessages([turn]).some(({ content }) => content.length > MAX_MESSAGE_LENGTH)) {
      const bound = { maximum: MAX_MESSAGE_LENGTH, inclusive: true }
      context.addIssue({ code: 'too_big', origin: 'string', ...bound, path: ['content'], input: turn })
    }
  })

/**
 * The parameters of OpenAI's chat completions, with a session and an agent, and without what a session does not keep: it has
 * one answer to each question, text alone, and one speaker of a role.
 */
export const ChatRequest = ChatFields.extend({
  model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH).openapi({ description: 'A model of `/v1/models`.' }),
  messages: z.array(Turn).max(MAX_MESSAGES).openapi({
    description:
      'What is new. The turns of the session are put before it; those of them that are sent again are not repeated.',
  }),
  session_id: z.string().min(1).max(MAX_SESSION_ID_LENGTH).nullish().openapi({
    description: 'The conversation that this goes on with, by a name that the caller may choose.',
  }),
  temperature: z
    .number()
    .min(0)
    .max(MAX_TEMPERATURE)
    .nullish()
    .openapi({ description: `Without one: ${DEFAULT_TEMPERATURE}.` }),
  agent_type: z.enum(AGENT_TYPES).nullish().openapi({
    description:
      'Without one: auto, by which the words of the question decide whether an agent answers. Models of fewer than a billion weights are guided by rules.',
  }),
  x_mcp_servers: mcpServerNames(MAX_SERVERS_PER_RUN),
  n: only(1),
  tools: unsupported,
  tool_choice: unsupported,
  parallel_tool_calls: unsupported,
  logprobs: only(false),
  top_logprobs: unsupported,
})
  .superRefine(checkChat)
  .openapi('ChatRequest')
export type ChatRequest = z.infer<typeof ChatRequest>

const FinishReason = z.enum(['stop', 'length', 'error'])
const Usage = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .openapi('Usage')
const serviceTier = z
  .literal('default')
  .optional()
  .openapi({ description: 'Where the request gave one. There is one tier.' })
const sessionId = z.string().openapi({ description: 'Send it as `session_id` to go on.' })

const Citation = z
  .object({
    ...markerFields,
    doc_id: z.string(),
    ...quoteFields,
  })
  .openapi('Citation')
export type Citation = z.infer<typeof Citation>

const citations = z
  .array(z.union([Citation, Source]))
  .optional()
  .openapi({
    description:
      'Of an answer from documents: the passages that its markers name. Of an agent’s: the sources that it found.',
  })

export const ChatCompletion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({ role: z.literal('assistant'), content: z.string() }),
        finish_reason: FinishReason,
      }),
    ),
    service_tier: serviceTier,
    usage: Usage,
    x_agent: Agent.optional().openapi({ description: 'Of an answer that an agent has found.' }),
    x_citations: citations,
    x_session_id: sessionId,
  })
  .openapi('ChatCompletion')

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
            .openapi({ description: 'A line about a step of an agent.' }),
        }),
        finish_reason: FinishReason.nullable(),
      }),
    ),
    service_tier: serviceTier,
    usage: Usage.nullish().openapi({
      description:
        'On the chunk that ends the answer; with `include_usage` on one of its own behind it, and null on all others.',
    }),
    x_step: Step.optional().openapi({ description: 'The step that the line is about.' }),
    x_agent: Agent.optional(),
    x_citations: citations,
    x_session_id: sessionId,
  })
  .openapi('ChatCompletionChunk')
