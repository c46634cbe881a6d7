import type { Context } from 'hono'
import { AppError, toAppError } from '../../../../../shared/errors.ts'
import { MAX_TOOLS } from '../../../../../shared/generation.ts'
import { accountOf } from '../../../../http/surface.ts'
import type { SurfaceEnv } from '../../../../http/surface-env.ts'
import { requireScope } from '../../../../services/accounts/keys.ts'
import type { Toolbox } from '../../../../services/agent-tools/toolbox.ts'
import type { VectorStores } from '../../../../services/documents/stores/vector-stores.ts'
import type { Inference } from '../../../../services/inference/inference.ts'
import { MAX_SERVERS_PER_RUN } from '../../../../services/mcp/limits.ts'
import type { McpCalls } from '../../../../services/mcp/mcp-calls.ts'
import { hashOf, isReadOnly, offeredName } from '../../../../services/mcp/tool-definition.ts'
import { MAX_HOSTED_CALLS } from '../../../../services/responses/hosted/hosted-answer.ts'
import type { MadeCall } from '../../../../services/responses/hosted/hosted-events.ts'
import type {
  FileSearchAsk,
  HostedAsk,
  HostedPlan,
  McpAsk,
} from '../../../../services/responses/hosted/hosted-plan.ts'
import type { Item } from '../../../../services/responses/items.ts'
import { callerOf } from '../../call.ts'
import type { ResponseFields } from '../../schemas/responses/request.ts'
import type { McpFilter, ResponseTool } from '../../schemas/responses/tools.ts'
import { storeIdIn } from '../../schemas/vector-store.ts'

export interface HostedPlanServices {
  vectorStores: Pick<VectorStores, 'get'>
  toolbox: Pick<Toolbox, 'survey'>
  mcpCalls: Pick<McpCalls, 'stored' | 'at'>
  inference: Pick<Inference, 'contextTokensOf'>
}

/** Tokens of a model's context where none is linked to say them. */
const USUAL_CONTEXT_TOKENS = 4_096

type FileSearch = Extract<ResponseTool, { type: 'file_search' }>
type McpTool = Extract<ResponseTool, { type: 'mcp' }>

async function fileSearchAsk(
  { vectorStores }: HostedPlanServices,
  { tool, at, accountId }: { tool: FileSearch; at: number; accountId: string },
): Promise<FileSearchAsk> {
  const stores = await Promise.all(
    tool.vector_store_ids.map(async (spelled) => {
      const id = storeIdIn(spelled)
      const param = `tools[${at}].vector_store_ids`
      const missing = () =>
        new AppError('not_found', `No such VectorStore object: ${spelled.slice(0, 64)}`, { param })
      if (id === undefined) throw missing()
      await vectorStores.get(accountId, id).catch((thrown) => {
        throw toAppError(thrown).code === 'not_found' ? missing() : thrown
      })
      return id
    }),
  )
  const { filters, max_num_results: limit, ranking_options: ranking } = tool
  return {
    kind: 'file_search',
    stores,
    limit,
    filter: filters ?? null,
    minScore: ranking?.score_threshold ?? null,
  }
}

/** Throws, in the tool's own words, where nobody can have it now. */
async function requireTool(
  { toolbox }: HostedPlanServices,
  { name, at, plan }: { name: string; at: number; plan: HostedPlan },
): Promise<void> {
  const { missing } = await toolbox.survey({
    ...{
      accountId: plan.accountId,
      requestId: plan.requestId,
      runId: plan.id,
      step: 1,
      userWords: plan.userWords,
    },
    ...{ contextTokens: plan.contextTokens, foundAddresses: [], isTainted: false, mayReadFiles: false },
    now: Date.now,
    resultOf: async () => undefined,
    signal: new AbortController().signal,
  })
  const reason = missing.find((tool) => tool.name === name)?.reason
  if (reason !== undefined) throw new AppError('invalid_request', reason, { param: `tools[${at}].type` })
}

const matches = (filter: McpFilter | undefined, name: string, readOnly: boolean): boolean =>
  filter !== undefined &&
  (filter.tool_names === undefined || filter.tool_names.includes(name)) &&
  (filter.read_only === undefined || filter.read_only === readOnly)

const isAllowed = ({ allowed_tools: allowed }: McpTool, name: string, readOnly: boolean): boolean => {
  if (allowed == null) return true
  return Array.isArray(allowed) ? allowed.includes(name) : matches(allowed, name, readOnly)
}

/** Whether each call waits for a person's word: as the request says, or else for all but what reads from a server of the account's. */
function needsApproval(
  { require_approval: rule, server_url }: McpTool,
  name: string,
  readOnly: boolean,
): boolean {
  if (rule === 'always' || rule === 'never') return rule === 'always'
  if (rule && matches(rule.never, name, readOnly)) return false
  if (rule && matches(rule.always, name, readOnly)) return true
  return rule != null || server_url !== undefined || !readOnly
}

async function mcpAsk(
  c: Context<SurfaceEnv>,
  { mcpCalls }: HostedPlanServices,
  { tool, at, id, known }: { tool: McpTool; at: number; id: string; known: ReadonlySet<string> },
): Promise<McpAsk> {
  const { server_label: label, server_url: url, headers, authorization } = tool
  const param = `tools[${at}]`
  const { signal } = c.req.raw
  const own = headers ?? {}
  const sent = authorization === undefined ? own : { ...own, authorization: `Bearer ${authorization}` }
  if (url === undefined) {
    if (Object.keys(sent).length > 0)
      throw new AppError('invalid_request', 'Headers are given together with server_url alone.', {
        param: `${param}.headers`,
      })
    // Its owner's secrets are sent there.
    requireScope(accountOf(c), 'account')
  }
  const { ref, tools } =
    url === undefined
      ? await mcpCalls.stored(accountOf(c).id, label, `${param}.server_label`, signal)
      : await mcpCalls.at({ id, url, headers: sent, param }, signal)
  const offered = await Promise.all(
    tools
      .filter((one) => isAllowed(tool, one.name, isReadOnly(one)))
      .map(async (one) => ({
        name: offeredName(label, one, await hashOf(one)),
        tool: one,
        needsApproval: needsApproval(tool, one.name, isReadOnly(one)),
      })),
  )
  return { kind: 'mcp', label, ref, tools: offered, isNew: !known.has(label) }
}

/** The calls that this request's words of a person let be done. Throws for a word on a call that is none. */
function approvedIn(input: readonly Item[], said: readonly Item[], asks: readonly HostedAsk[]): MadeCall[] {
  const all = [...said, ...input]
  return input.flatMap((item, index): MadeCall[] => {
    if (item.type !== 'mcp_approval_response') return []
    const { approval_request_id: id } = item
    const refuse = (message: string, code: 'invalid_request' | 'conflict' = 'invalid_request') =>
      new AppError(code, message, { param: `input[${index}].approval_request_id` })
    const asked = all.find((one) => one.id === id)
    if (asked?.type !== 'mcp_approval_request')
      throw refuse(`No approval request found with id '${id.slice(0, 64)}'.`)
    const isSaid = said.some((one) => one.type === 'mcp_approval_response' && one.approval_request_id === id)
    if (isSaid) throw refuse(`The approval request '${id}' is answered already.`, 'conflict')
    if (!item.approve) return []
    const { server_label: label, name, arguments: given } = asked
    const ask = asks.find((one): one is McpAsk => one.kind === 'mcp' && one.label === label)
    const tool = ask?.tools.find((one) => one.tool.name === name)
    if (!tool) throw refuse(`The tool '${name}' of '${label}' is not among the tools of this request.`)
    return [
      {
        ...{ id, name: tool.name, arguments: given, approvalRequestId: id },
        told: { kind: 'mcp', label, name, arguments: given, approvalRequestId: id },
      },
    ]
  })
}

export interface HostedRequest {
  body: ResponseFields
  model: string
  id: string
  userWords: string
  /** All that was said before the request, and what it brings. */
  said: readonly Item[]
  input: readonly Item[]
}

/** The tools of a request that are run here; undefined where it has none. Throws for one that cannot be had, by name. */
export async function hostedPlanOf(
  c: Context<SurfaceEnv>,
  services: HostedPlanServices,
  { body, model, id, userWords, said, input }: HostedRequest,
): Promise<HostedPlan | undefined> {
  const asked = (body.tools ?? []).map((tool, at) => ({ tool, at }))
  const hosted = asked.filter(({ tool }) => tool.type !== 'function')
  const { id: accountId } = accountOf(c)
  if (hosted.length === 0) {
    approvedIn(input, said, [])
    return undefined
  }
  const servers = hosted.filter(({ tool }) => tool.type === 'mcp')
  if (servers.length > MAX_SERVERS_PER_RUN)
    throw new AppError('invalid_request', `A response uses at most ${MAX_SERVERS_PER_RUN} MCP servers.`, {
      param: 'tools',
    })
  // A key that may run models alone reads nobody's files by asking one about them.
  if (hosted.some(({ tool }) => tool.type === 'file_search')) requireScope(accountOf(c), 'files')
  const contextTokens = (await services.inference.contextTokensOf(model, callerOf(c))) ?? USUAL_CONTEXT_TOKENS
  const plan: HostedPlan = {
    ...{ asks: [], approved: [], maxCalls: body.max_tool_calls ?? MAX_HOSTED_CALLS },
    ...{ accountId, requestId: c.get('requestId'), id, userWords, contextTokens },
  }
  // A list that is sent back is not kept again, but it was told.
  const known = new Set(
    [...said, ...(body.input ?? [])].flatMap((item) =>
      item.type === 'mcp_list_tools' && 'server_label' in item ? [String(item.server_label)] : [],
    ),
  )
  const asks = await Promise.all(
    hosted.map(async ({ tool, at }): Promise<HostedAsk> => {
      if (tool.type === 'file_search') return fileSearchAsk(services, { tool, at, accountId })
      if (tool.type === 'mcp') return mcpAsk(c, services, { tool, at, id, known })
      if (tool.type === 'code_interpreter') {
        await requireTool(services, { name: 'python_executor', at, plan })
        return { kind: 'code_interpreter' }
      }
      await requireTool(services, { name: 'web_search', at, plan })
      return { kind: 'web_search' }
    }),
  )
  const count = asks.reduce(
    (sum, ask) => sum + (ask.kind === 'mcp' ? ask.tools.length : 1),
    asked.length - hosted.length,
  )
  if (count > MAX_TOOLS)
    throw new AppError(
      'invalid_request',
      `These are ${count} tools: at most ${MAX_TOOLS} are taken. Name fewer in allowed_tools.`,
      {
        param: 'tools',
      },
    )
  return { ...plan, asks, approved: approvedIn(input, said, asks) }
}
