import { z } from '@hono/zod-openapi'
import type { CallToolResult, ServerContext, Tool } from '@modelcontextprotocol/server'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { Account } from '../../services/accounts/accounts.ts'
import { mayUse } from '../../services/accounts/keys.ts'
import type { OfferedTool, ToolContext } from '../../services/agent-tools/tool.ts'
import type { Toolbox } from '../../services/agent-tools/toolbox.ts'
import { ASK_MODEL, AskModelArguments, type AskModelServices, askModel, failureOf } from './ask-model.ts'
import { MAX_SHOWN_CHARACTERS, PROGRESS_INTERVAL_MS, READER_TOKENS } from './limits.ts'

export interface ToolServices extends AskModelServices {
  toolbox: Pick<Toolbox, 'survey' | 'call'>
  log: Pick<Logger, 'error'>
}

/** Whoever calls, and until when. */
export interface McpCaller {
  account: Account
  requestId: string
  signal: AbortSignal
}

/** Tools that belong to agents' own runs. */
const NOT_HERE = new Set(['remember', 'recall'])

const titleOf = (name: string): string => {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const askModelTool: Tool = {
  name: ASK_MODEL,
  title: 'Ask a model',
  description: 'Asks one of the models of this deployment, and has its whole answer.',
  // Made of an object.
  inputSchema: z.toJSONSchema(AskModelArguments, { io: 'input' }) as Tool['inputSchema'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false },
}

const toTool = ({ name, description, parameters, effect, brings }: OfferedTool): Tool => ({
  name,
  title: titleOf(name),
  description,
  inputSchema: { ...parameters, type: 'object' },
  annotations: {
    readOnlyHint: effect === 'reads',
    destructiveHint: false,
    idempotentHint: effect === 'reads',
    openWorldHint: brings === 'untrusted text',
  },
})

const contextOf = ({ account, requestId, signal }: McpCaller): ToolContext => ({
  accountId: account.id,
  requestId,
  runId: requestId,
  step: 1,
  mayReadFiles: mayUse(account, 'files'),
  userWords: '',
  foundAddresses: [],
  isTainted: false,
  contextTokens: READER_TOKENS,
  now: Date.now,
  resultOf: async () => undefined,
  signal,
})

const failed = (error: { code: string; message: string; retry_after?: number }): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: error.message }],
  structuredContent: { error },
})

function shown(text: string): string {
  if (text.length <= MAX_SHOWN_CHARACTERS) return text
  const cut = text.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()
  return `${cut}\n[${text.length - MAX_SHOWN_CHARACTERS} more characters are left out]`
}

/** Tells how far an answer has come, where its caller wants to hear of it; at most once a second. */
function progressOf({ mcpReq }: ServerContext, log: ToolServices['log']): (characters: number) => void {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return () => {}
  let toldAt = 0
  let told = 0
  return (progress) => {
    if (progress <= told || Date.now() - toldAt < PROGRESS_INTERVAL_MS) return
    toldAt = Date.now()
    told = progress
    const params = { progressToken, progress, message: `${progress} characters` }
    mcpReq
      .notify({ method: 'notifications/progress', params })
      .catch((thrown) => log.error('mcp.progress_untold', { cause: causeOf(thrown) }))
  }
}

async function modelAnswer(
  services: ToolServices,
  caller: McpCaller,
  given: unknown,
  context: ServerContext,
) {
  const checked = AskModelArguments.safeParse(given)
  if (!checked.success) {
    const words = checked.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`,
    )
    return failed({ code: 'bad_arguments', message: `${ASK_MODEL} does not take this: ${words.join('; ')}.` })
  }
  const { account, requestId, signal } = caller
  try {
    const { text, ...answered } = await askModel(
      services,
      { account, requestId, asked: checked.data },
      {
        signal: AbortSignal.any([signal, context.mcpReq.signal]),
        onPiece: progressOf(context, services.log),
      },
    )
    return { content: [{ type: 'text' as const, text }], structuredContent: answered }
  } catch (thrown) {
    caller.signal.throwIfAborted()
    const failure = failureOf(thrown)
    if (failure.code === 'internal') services.log.error('mcp.ask_failed', { cause: causeOf(thrown) })
    return failed(failure)
  }
}

/** The tools that a caller may use now. */
export async function listTools({ toolbox }: ToolServices, caller: McpCaller): Promise<Tool[]> {
  const { offered } = await toolbox.survey(contextOf(caller))
  return [askModelTool, ...offered.filter(({ name }) => !NOT_HERE.has(name)).map(toTool)]
}

/** Calls a tool; undefined where there is none of that name. What goes wrong with it is a result that says so. */
export async function callTool(
  services: ToolServices,
  caller: McpCaller,
  { name, args, context }: { name: string; args: unknown; context: ServerContext },
): Promise<CallToolResult | undefined> {
  if (name === ASK_MODEL) return modelAnswer(services, caller, args, context)
  if (NOT_HERE.has(name)) return undefined
  const signal = AbortSignal.any([caller.signal, context.mcpReq.signal])
  const answer = await services.toolbox.call(name, args, contextOf({ ...caller, signal }))
  if (!answer.ok) {
    const { code, message } = answer
    return code === 'unknown_tool' ? undefined : failed({ code, message })
  }
  const { text, data, citations } = answer.outcome
  const values = {
    ...(data === undefined ? {} : { data }),
    ...(citations === undefined ? {} : { citations }),
  }
  return {
    content: [{ type: 'text', text: shown(text) }],
    // Values may be as long as texts: a client has no use for them twice.
    ...(JSON.stringify(values).length <= MAX_SHOWN_CHARACTERS ? { structuredContent: values } : {}),
  }
}
