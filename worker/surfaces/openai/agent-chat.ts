import type { Context } from 'hono'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { GenerationRequest, Usage } from '../../../shared/generation.ts'
import { lineOf, toAgent, toSource, toStep } from '../../http/chat-completions/agent-fields.ts'
import { serverNamesIn } from '../../http/chat-completions/mcp-servers.ts'
import { readerOf, whileAllowed } from '../../http/lifeline.ts'
import { openaiErrorBody } from '../../http/openai-errors.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../http/sse.ts'
import { accountOf } from '../../http/surface.ts'
import type { SurfaceEnv } from '../../http/surface-env.ts'
import { mayUse } from '../../services/accounts/keys.ts'
import type { AgentRuns } from '../../services/agents/agent-runs.ts'
import { type AskedAgent, answerByAgent } from '../../services/agents/answer-by-agent.ts'
import { type AgentType, chooseLoop } from '../../services/agents/choosing.ts'
import type { ModelSizes } from '../../services/agents/model-sizes.ts'
import type { LoopName } from '../../services/agents/run-events.ts'
import { questionOf } from '../../services/agents/spec.ts'
import type { Answered } from '../../services/conversations/answering.ts'
import type { Caller, Inference } from '../../services/inference/inference.ts'
import type { McpServers } from '../../services/mcp/mcp-servers.ts'
import { serversOfRun } from '../../services/mcp/servers-of-run.ts'
import { type AnswerHead, chatChunks, toChatCompletion } from './answer-form.ts'
import type { ChatCompletion, ChatCompletionChunk } from './schemas/chat.ts'
import { DOCUMENT_PREFIX } from './schemas/document.ts'

export interface AgentChatServices {
  agentRuns: AgentRuns
  modelSizes: ModelSizes
  inference: Pick<Inference, 'contextTokensOf'>
  mcpServers: Pick<McpServers, 'named'>
}

/** The context of a model of which nothing is known now: it will be refused, or comes back. */
const SOME_CONTEXT_TOKENS = 2_048

/** Fields that are about one call of the model, of which an agent makes several. */
const OF_ONE_CALL = ['n', 'logprobs', 'response_format', 'x_documents'] as const

interface AskedChat {
  agent_type?: AgentType | null | undefined
  tools?: readonly unknown[] | null | undefined
  n?: number | null | undefined
  logprobs?: boolean | null | undefined
  response_format?: { type: string } | null | undefined
  x_documents?: unknown
  x_mcp_servers?: readonly string[] | null | undefined
}

/** The agent that a chat asks for; undefined for a plain one, and for one with tools of its own, which are never run here. */
export async function agentFor(
  services: AgentChatServices,
  body: AskedChat,
  { c, request, caller }: { c: Context<SurfaceEnv>; request: GenerationRequest | undefined; caller: Caller },
): Promise<AskedAgent | undefined> {
  const { agent_type: agentType, tools, x_mcp_servers: serverNames } = body
  if (serverNames && (!agentType || tools?.length))
    throw new AppError('invalid_request', 'x_mcp_servers needs agent_type, and no tools of your own.', {
      param: 'x_mcp_servers',
    })
  if (!agentType || tools?.length || request?.prompt.kind !== 'chat') return undefined
  const isUsed = { n: (body.n ?? 1) > 1, logprobs: body.logprobs, x_documents: body.x_documents }
  const isFormat = body.response_format && body.response_format.type !== 'text'
  const param = OF_ONE_CALL.find((field) => (field === 'response_format' ? isFormat : isUsed[field]))
  if (param)
    throw new AppError('invalid_request', `${param} cannot be used together with agent_type.`, { param })
  const decides = await services.modelSizes.decides(request.model)
  const chosen = chooseLoop(questionOf(request.prompt.messages), { agentType, decides, isGrounded: false })
  // Who names servers wants their tools looked at.
  const loop = chosen ?? (serverNames && !decides ? 'guided' : undefined)
  return loop && askedAgent(services, { c, request, caller, loop, agentType, serverNames })
}

interface ChosenAgent {
  c: Context<SurfaceEnv>
  request: GenerationRequest
  caller: Caller
  loop: LoopName
  agentType: AgentType
  /** Of the account's MCP servers, those whose tools it may use. */
  serverNames?: readonly string[] | null | undefined
}

/** A run of an agent as a request asks for it, with what its caller may. */
export async function askedAgent(
  services: Pick<AgentChatServices, 'inference' | 'mcpServers'>,
  { c, request, caller, serverNames, ...chosen }: ChosenAgent,
): Promise<AskedAgent> {
  const { model, sampling, maxTokens = null, prompt } = request
  const { key } = accountOf(c)
  return {
    mcpServers: await serversOfRun(services.mcpServers, accountOf(c), serverNamesIn(serverNames)),
    ...{ model, sampling, maxTokens, ...chosen },
    accountId: caller.accountId,
    requestId: caller.requestId,
    isAdministrator: caller.isAdministrator === true,
    keyId: key?.id ?? null,
    mayReadFiles: mayUse(accountOf(c), 'files'),
    contextTokens: (await services.inference.contextTokensOf(model, caller)) ?? SOME_CONTEXT_TOKENS,
    messages: prompt.kind === 'chat' ? prompt.messages : [],
    conversationId: null,
    sessionId: null,
    isDetached: false,
  }
}

const spelledId = (documentId: string) => DOCUMENT_PREFIX + documentId

const waysOf = ({ run }: Answered): Pick<ChatCompletion, 'x_agent' | 'x_citations'> =>
  run ? { x_agent: toAgent(run), x_citations: run.sources.map((source) => toSource(source, spelledId)) } : {}

const usageOf = ({ usage }: Answered): Usage => ({
  promptTokens: usage?.promptTokens ?? 0,
  cachedPromptTokens: usage?.cachedPromptTokens ?? 0,
  completionTokens: usage?.completionTokens ?? 0,
})

/** A whole answer by an agent. */
export async function agentCompletion(
  c: Context<SurfaceEnv>,
  { agentRuns }: AgentChatServices,
  { asked, head }: { asked: AskedAgent; head: AnswerHead },
): Promise<ChatCompletion> {
  return whileAllowed(readerOf(c), async (signal) => {
    const pieces = answerByAgent(agentRuns, asked, signal, 'whole')
    let text = ''
    for (let piece = await pieces.next(); ; piece = await pieces.next()) {
      if (piece.done) {
        const { finishReason } = piece.value
        const answer = { text, toolCalls: [], logprobs: [], finishReason, usage: usageOf(piece.value) }
        return { ...toChatCompletion(head, [answer]), ...waysOf(piece.value) }
      }
      if (typeof piece.value === 'string') text += piece.value
    }
  })
}

/** An answer by an agent as server-sent events: each step a line of reasoning, then the answer. */
export function agentStream(
  c: Context<SurfaceEnv>,
  { agentRuns }: AgentChatServices,
  { asked, head, includeUsage }: { asked: AskedAgent; head: AnswerHead; includeUsage: boolean },
) {
  const { piece: chunkOf, usage } = chatChunks(head, { includeUsage, choices: 1 })
  const stepChunk = (
    reasoning_content: string,
    x_step: ChatCompletionChunk['x_step'],
  ): ChatCompletionChunk => {
    const chunk = chunkOf(0, { type: 'delta', delta: { type: 'delta', text: '', tokens: [] } })
    return {
      ...chunk,
      choices: chunk.choices.map((choice) => ({ ...choice, delta: { reasoning_content } })),
      x_step,
    }
  }
  async function* produce(signal: AbortSignal): AsyncGenerator<string, void, void> {
    const pieces = answerByAgent(agentRuns, asked, signal)
    let begin = sseData(chunkOf(0, { type: 'start' }))
    for (let piece = await pieces.next(); ; piece = await pieces.next()) {
      if (piece.value === '') {
        yield SSE_KEEP_ALIVE
        continue
      }
      const said = begin
      begin = ''
      if (piece.done) {
        const { finishReason } = piece.value
        yield said + sseData({ ...chunkOf(0, { type: 'end', finishReason }), ...waysOf(piece.value) })
        if (includeUsage) yield sseData(usage([usageOf(piece.value)]))
        yield 'data: [DONE]\n\n'
        return
      }
      yield said +
        sseData(
          typeof piece.value === 'string'
            ? chunkOf(0, { type: 'delta', delta: { type: 'delta', text: piece.value, tokens: [] } })
            : stepChunk(lineOf(piece.value), toStep(piece.value)),
        )
    }
  }
  return sseResponse(produce, (thrown) => sseData(openaiErrorBody(toAppError(thrown))), readerOf(c))
}
