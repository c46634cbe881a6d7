import type { Context } from 'hono'
import { AppError } from '../../../../../shared/errors.ts'
import type { GenerationRequest, ToolDefinition } from '../../../../../shared/generation.ts'
import { type AskedChat, toChatOptions } from '../../../../http/chat-completions/translate.ts'
import { accountOf } from '../../../../http/surface.ts'
import type { SurfaceEnv } from '../../../../http/surface-env.ts'
import { userWordsOf } from '../../../../services/agents/spec.ts'
import { randomSeed } from '../../../../services/conversations/answering.ts'
import type { Conversation, Conversations } from '../../../../services/conversations/conversations.ts'
import type { HostedPlan } from '../../../../services/responses/hosted/hosted-plan.ts'
import type { Item } from '../../../../services/responses/items.ts'
import { toMessages } from '../../../../services/responses/prompt.ts'
import {
  RESPONSE_PREFIX,
  type ResponseHead,
  responseIdIn,
} from '../../../../services/responses/response-body.ts'
import type { ResponsePlan } from '../../../../services/responses/response-plan.ts'
import { checkKept } from '../../../../services/responses/response-store.ts'
import type { Responses } from '../../../../services/responses/responses.ts'
import { callerOf, letIn } from '../../call.ts'
import { CONVERSATION_PREFIX } from '../../schemas/responses/conversation.ts'
import type { ResponseFields } from '../../schemas/responses/request.ts'
import {
  calledName,
  namedIn,
  type ResponseTool,
  type ResponseToolChoice,
} from '../../schemas/responses/tools.ts'
import { conversationOf } from './conversations.ts'
import { toItems } from './given-items.ts'
import { type HostedPlanServices, hostedPlanOf } from './hosted.ts'

export interface PlanServices extends HostedPlanServices {
  responses: Pick<Responses, 'newId' | 'chain' | 'itemsById' | 'conversationItems' | 'makeHosted'>
  conversations: Pick<Conversations, 'find'>
}

/** The conversation that a request names. */
const conversationIn = ({ conversation }: ResponseFields): string | null =>
  typeof conversation === 'object' ? (conversation?.id ?? null) : (conversation ?? null)

/** The tools that are run here, as the model is told of them. */
interface Hosted {
  plan: HostedPlan | undefined
  definitions: readonly ToolDefinition[]
}

/** The same wishes in the words of a chat, without its turns. */
function toChat(body: ResponseFields, model: string, hosted: Hosted): AskedChat {
  const { tools, tool_choice: choice, text, include } = body
  const format = text?.format
  const all = [...(tools ?? []).flatMap(toChatTool), ...hosted.definitions.map(toHostedTool)]
  return {
    model,
    messages: [],
    temperature: body.temperature,
    top_p: body.top_p,
    max_completion_tokens: body.max_output_tokens,
    tools: all.length > 0 ? all : null,
    tool_choice: all.length > 0 ? toChatChoice(choice, hosted.plan) : null,
    parallel_tool_calls: body.parallel_tool_calls,
    response_format:
      format?.type === 'json_schema'
        ? { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } }
        : format,
    ...(include?.includes('message.output_text.logprobs')
      ? { logprobs: true, top_logprobs: body.top_logprobs }
      : {}),
  }
}

type ChatTool = NonNullable<AskedChat['tools']>[number]

/** Tools of the client's own. */
function toChatTool(tool: ResponseTool): ChatTool[] {
  if (tool.type !== 'function') return []
  const { name, description, parameters, strict } = tool
  return [{ type: 'function', function: { name, description, parameters, strict } }]
}

const toHostedTool = ({ parameters, ...definition }: ToolDefinition): ChatTool => ({
  type: 'function',
  // Of ours, whose schema is an object.
  function: { ...definition, parameters: typeof parameters === 'object' ? parameters : null },
})

/** The names for the model of the tools that a choice names. */
function chosenNames(choice: ResponseToolChoice, plan: HostedPlan | undefined): string[] {
  return namedIn(choice).flatMap((named) => {
    if (named.type !== 'mcp') return [calledName(named)]
    const ask = plan?.asks.find((one) => one.kind === 'mcp' && one.label === named.server_label)
    const tools = ask?.kind === 'mcp' ? ask.tools : []
    const found = tools.filter(({ tool }) => named.name == null || tool.name === named.name)
    if (found.length > 0) return found.map(({ name }) => name)
    const what = `'${named.name ?? named.server_label}'`
    throw new AppError('invalid_request', `tool_choice names ${what}, of which there is no tool.`, {
      param: 'tool_choice',
    })
  })
}

function toChatChoice(
  choice: ResponseFields['tool_choice'],
  plan: HostedPlan | undefined,
): AskedChat['tool_choice'] {
  if (typeof choice !== 'object' || choice === null) return choice
  const named = (name: string) => ({ type: 'function' as const, function: { name } })
  const names = chosenNames(choice, plan)
  const [first = ''] = names
  if (choice.type !== 'allowed_tools' && names.length === 1) return named(first)
  const mode = choice.type === 'allowed_tools' ? choice.mode : 'required'
  return { type: 'allowed_tools', allowed_tools: { mode, tools: names.map(named) } }
}

/** The form of an answer as its object shows it. */
function toShownFormat(format: NonNullable<ResponseFields['text']>['format']): object {
  if (format?.type !== 'json_schema') return format ?? { type: 'text' }
  const { type, name, schema, description, strict } = format
  return { type, name, schema, strict: strict === true, ...(description ? { description } : {}) }
}

/** A tool as its object shows it. */
function toShownTool(tool: ResponseTool): object {
  if (tool.type === 'mcp') {
    // What a server is sent is nobody's to read again.
    const { headers: _, authorization: __, ...shown } = tool
    return shown
  }
  if (tool.type !== 'function') return tool
  const { type, name, description = null, parameters = null, strict } = tool
  return { type, name, description, parameters, strict: strict ?? false }
}

/** The wishes of a request, as the object of its answer repeats it, each absent thing with the value that it has then. */
const toHead = (
  body: ResponseFields,
  { id, createdAt, conversation }: { id: string; createdAt: number; conversation: Conversation | null },
): ResponseHead => ({
  id: RESPONSE_PREFIX + id,
  object: 'response',
  created_at: Math.floor(createdAt / 1_000),
  model: body.model,
  background: body.background === true,
  store: body.store !== false,
  instructions: body.instructions ?? null,
  previous_response_id: body.previous_response_id ?? null,
  conversation: conversation === null ? null : { id: CONVERSATION_PREFIX + conversation.id },
  metadata: body.metadata ?? {},
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: body.max_tool_calls ?? null,
  parallel_tool_calls: body.parallel_tool_calls !== false,
  temperature: body.temperature ?? 1,
  top_p: body.top_p ?? 1,
  top_logprobs: body.top_logprobs ?? 0,
  text: { format: toShownFormat(body.text?.format), verbosity: 'medium' },
  tools: (body.tools ?? []).map(toShownTool),
  tool_choice: body.tool_choice ?? 'auto',
  truncation: body.truncation ?? 'disabled',
  reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
  service_tier: 'default',
  prompt_cache_key: body.prompt_cache_key ?? null,
  safety_identifier: body.safety_identifier ?? null,
  user: body.user ?? null,
})

export const noSuchResponse = (spelled: string, param = 'response_id') =>
  new AppError('not_found', `Response with id '${spelled.slice(0, 64)}' not found.`, { param })

/** The items before the request: of the response that it goes on from, or of its conversation. */
async function before(
  { responses }: PlanServices,
  {
    accountId,
    body,
    conversation,
  }: { accountId: string; body: ResponseFields; conversation: Conversation | null },
): Promise<Item[]> {
  if (conversation) return responses.conversationItems.context(conversation.id, body.truncation === 'auto')
  const spelled = body.previous_response_id
  if (spelled == null) return []
  const id = responseIdIn(spelled)
  const said = id === undefined ? undefined : await responses.chain(accountId, id)
  if (!said) throw noSuchResponse(spelled, 'previous_response_id')
  return said
}

/** A request as it is to be answered. Throws for what it names that is not there, and for what cannot be kept. */
export async function planOf(
  c: Context<SurfaceEnv>,
  services: PlanServices,
  body: ResponseFields,
): Promise<ResponsePlan> {
  const model = letIn(c, body)
  const { id: accountId } = accountOf(c)
  const { responses, conversations } = services
  const id = responses.newId()
  const spelled = conversationIn(body)
  const conversation =
    spelled === null
      ? null
      : await conversationOf(conversations, { accountId, spelled, param: 'conversation' })
  const head = toHead(body, { id, createdAt: Date.now(), conversation })
  const [said, input] = await Promise.all([
    before(services, { accountId, body, conversation }),
    toItems(body.input ?? [], responses, { accountId, field: 'input' }),
  ])
  if (head.store) checkKept(input, head)
  const messages = toMessages([...said, ...input], head.instructions)
  const userWords = userWordsOf(messages)
  const plan = await hostedPlanOf(c, services, { body, model, id, userWords, said, input })
  const definitions = plan ? responses.makeHosted(plan).tools.map(({ definition }) => definition) : []
  const request: GenerationRequest = {
    ...toChatOptions(toChat(body, model, { plan, definitions }), randomSeed()),
    prompt: { kind: 'chat', messages },
  }
  return {
    id,
    accountId,
    conversationId: conversation?.id ?? null,
    previousId: responseIdIn(body.previous_response_id ?? '') ?? null,
    head,
    input,
    include: body.include ?? [],
    answer: {
      request,
      hosted: plan,
      caller: callerOf(c, body.prompt_cache_key ?? conversation?.id),
      isShortened: head.truncation === 'auto',
    },
  }
}
