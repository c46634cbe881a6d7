import { z } from '@hono/zod-openapi'
import { ToolName } from '../../../../http/chat-completions/messages.ts'

/** Parts of one message. */
export const MAX_PARTS = 1_024

/** Longest id that a client may send back. */
const MAX_ID_LENGTH = 200
const MAX_NAME_LENGTH = 512
/** Longest reason of a person who refuses a call. */
const MAX_REASON_LENGTH = 1_000

const Id = z.string().min(1).max(MAX_ID_LENGTH)
/** An id that an item is sent back with: items are given ids of this request's own. */
const GivenId = Id.nullish()
const Status = z.enum(['in_progress', 'completed', 'incomplete']).nullish()
const Phase = z.enum(['commentary', 'final_answer']).nullish()

/** Parts of OpenAI's messages that no model here is shown, by name. */
const refused = (type: string, message: string) =>
  z
    .strictObject({ type: z.literal(type, { error: message }) })
    .loose()
    .refine(() => false, { error: message })

const InputText = z.strictObject({ type: z.literal('input_text'), text: z.string() })

const Logprob = z.strictObject({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int()).nullish(),
  top_logprobs: z
    .array(z.strictObject({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullish() }))
    .nullish(),
})
const OutputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.looseObject({ type: z.string() })).nullish(),
  logprobs: z.array(Logprob).nullish(),
})
const Refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() })

const noImages = 'images are not supported: no model here is shown any'
const noFiles = 'files are not supported here: put them into a vector store'
const noAudio = 'audio is not supported'

const NotShown = [
  refused('input_image', noImages),
  refused('input_file', noFiles),
  refused('input_audio', noAudio),
] as const

/** A text alone is one part of it. */
const partsOf = <Part extends z.ZodType>(type: 'input_text' | 'output_text', part: Part) =>
  z.preprocess(
    (content) => (typeof content === 'string' ? [{ type, text: content }] : content),
    z.array(part).min(1).max(MAX_PARTS),
  )

const AskedContent = partsOf('input_text', z.discriminatedUnion('type', [InputText, ...NotShown])).openapi({
  description: 'A text, or parts of it.',
})
// Clients put an answer of the model into either kind of part.
const SaidContent = partsOf(
  'output_text',
  z.discriminatedUnion('type', [OutputText, Refusal, InputText, ...NotShown]),
).openapi({ description: 'A text, or parts of it.' })

const messageFields = { type: z.literal('message').optional(), id: GivenId, status: Status, phase: Phase }
const Message = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ ...messageFields, role: z.literal('user'), content: AskedContent }),
    z.strictObject({ ...messageFields, role: z.literal('system'), content: AskedContent }),
    z.strictObject({ ...messageFields, role: z.literal('developer'), content: AskedContent }),
    z.strictObject({ ...messageFields, role: z.literal('assistant'), content: SaidContent }),
  ],
  { error: "expected a message whose role is 'user', 'assistant', 'system' or 'developer'" },
)

/** Fields of a call that belong to kinds of tools that are not run here. */
const noNamespace = { namespace: z.null().optional(), caller: z.null().optional() }

const FunctionCall = z.strictObject({
  type: z.literal('function_call'),
  id: GivenId,
  call_id: Id,
  name: ToolName,
  arguments: z.string(),
  status: Status,
  ...noNamespace,
  parsed_arguments: z
    .unknown()
    .optional()
    .openapi({ description: 'The arguments as their client has parsed them; not shown.' }),
})
const FunctionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  id: GivenId,
  call_id: Id,
  output: z.preprocess(
    (output) => output,
    z.union([z.string(), z.array(z.discriminatedUnion('type', [InputText, ...NotShown])).max(MAX_PARTS)]),
  ),
  status: Status,
  name: z.string().max(MAX_NAME_LENGTH).nullish(),
  ...noNamespace,
})

const ReasoningItem = z
  .strictObject({
    type: z.literal('reasoning'),
    id: GivenId,
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).nullish(),
    encrypted_content: z.string().nullish(),
    status: Status,
  })
  .openapi({ description: 'Thoughts of another model: taken, shown to no model, and not kept.' })

/** A search of an earlier answer, as it is sent back: taken, and not shown to the model again. */
const Search = z
  .looseObject({
    type: z.enum(['file_search_call', 'web_search_call', 'code_interpreter_call', 'mcp_list_tools']),
    id: GivenId,
  })
  .openapi({
    description:
      'A search or a program of an earlier answer, or a list of tools: taken, and not shown to the model again.',
  })

const Label = z.string().min(1).max(64)
const McpName = z.string().min(1).max(128)
const McpCall = z.strictObject({
  type: z.literal('mcp_call'),
  id: GivenId,
  server_label: Label,
  name: McpName,
  arguments: z.string(),
  output: z.string().nullish(),
  error: z.looseObject({ content: z.array(z.looseObject({ text: z.string() })).nullish() }).nullish(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'calling', 'failed']).nullish(),
  approval_request_id: GivenId,
})
const McpApprovalRequest = z.strictObject({
  type: z.literal('mcp_approval_request'),
  id: Id,
  server_label: Label,
  name: McpName,
  arguments: z.string(),
})
const McpApprovalResponse = z.strictObject({
  type: z.literal('mcp_approval_response'),
  id: GivenId,
  approval_request_id: Id,
  approve: z.boolean(),
  reason: z.string().max(MAX_REASON_LENGTH).nullish(),
})

const ItemReference = z.strictObject({ type: z.literal('item_reference'), id: Id })

export const ItemKinds = [
  Message,
  FunctionCall,
  FunctionCallOutput,
  ReasoningItem,
  Search,
  McpCall,
  McpApprovalRequest,
  McpApprovalResponse,
  ItemReference,
] as const

/** An item as a request brings it. */
export const GivenItem = z
  .discriminatedUnion('type', [...ItemKinds], {
    error:
      "expected an item whose type is 'message', 'function_call', 'function_call_output', 'reasoning', 'file_search_call', 'web_search_call', 'code_interpreter_call', 'mcp_list_tools', 'mcp_call', 'mcp_approval_request', 'mcp_approval_response' or 'item_reference'",
  })
  .openapi('InputItem')
export type GivenItem = z.infer<typeof GivenItem>

// As they are answered

const OutStatus = z.enum(['in_progress', 'completed', 'incomplete'])
const Annotation = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('file_citation'),
    file_id: z.string(),
    filename: z.string(),
    index: z.int(),
  }),
  z.object({
    type: z.literal('url_citation'),
    url: z.string(),
    title: z.string(),
    start_index: z.int(),
    end_index: z.int(),
  }),
])
const OutLogprob = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int()),
  top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()) })),
})

/** An item as it is answered. */
export const ResponseItem = z
  .union([
    z.object({
      id: z.string(),
      type: z.literal('message'),
      role: z.enum(['user', 'system', 'developer']),
      status: OutStatus,
      content: z.array(z.object({ type: z.literal('input_text'), text: z.string() })),
    }),
    z.object({
      id: z.string(),
      type: z.literal('message'),
      role: z.literal('assistant'),
      status: OutStatus,
      content: z.array(
        z.discriminatedUnion('type', [
          z.object({
            type: z.literal('output_text'),
            text: z.string(),
            annotations: z.array(Annotation),
            logprobs: z.array(OutLogprob),
          }),
          z.object({ type: z.literal('refusal'), refusal: z.string() }),
        ]),
      ),
    }),
    z.object({
      id: z.string(),
      type: z.literal('function_call'),
      call_id: z.string(),
      name: z.string(),
      arguments: z.string(),
      status: OutStatus,
    }),
    z.object({
      id: z.string(),
      type: z.literal('file_search_call'),
      status: z.enum(['searching', 'completed', 'failed']),
      queries: z.array(z.string()),
      results: z
        .array(
          z.object({
            file_id: z.string(),
            filename: z.string(),
            score: z.number(),
            text: z.string(),
            attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
          }),
        )
        .nullable(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('web_search_call'),
      status: z.enum(['searching', 'completed', 'failed']),
      action: z.object({
        type: z.literal('search'),
        query: z.string(),
        queries: z.array(z.string()),
        sources: z.array(z.object({ type: z.literal('url'), url: z.string() })).optional(),
      }),
    }),
    z.object({
      id: z.string(),
      type: z.literal('code_interpreter_call'),
      status: z.enum(['in_progress', 'interpreting', 'completed', 'incomplete', 'failed']),
      code: z.string().nullable(),
      container_id: z.string(),
      outputs: z.array(z.object({ type: z.literal('logs'), logs: z.string() })).nullable(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('mcp_list_tools'),
      server_label: z.string(),
      tools: z.array(
        z.object({
          name: z.string(),
          description: z.string().nullable(),
          input_schema: z.record(z.string(), z.unknown()),
          annotations: z.record(z.string(), z.unknown()).nullable(),
        }),
      ),
      error: z.string().nullable(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('mcp_call'),
      status: z.enum(['in_progress', 'completed', 'incomplete', 'calling', 'failed']),
      server_label: z.string(),
      name: z.string(),
      arguments: z.string(),
      output: z.string().nullable(),
      error: z
        .object({
          type: z.literal('mcp_tool_execution_error'),
          content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
        })
        .nullable(),
      approval_request_id: z.string().nullable(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('mcp_approval_request'),
      server_label: z.string(),
      name: z.string(),
      arguments: z.string(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('mcp_approval_response'),
      approval_request_id: z.string(),
      approve: z.boolean(),
      reason: z.string().nullable(),
    }),
    z.object({
      id: z.string(),
      type: z.literal('function_call_output'),
      call_id: z.string(),
      output: z.union([z.string(), z.array(z.object({ type: z.literal('input_text'), text: z.string() }))]),
      status: OutStatus,
    }),
  ])
  .openapi('ResponseItem')
