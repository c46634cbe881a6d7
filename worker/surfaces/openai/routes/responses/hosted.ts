import type { Context } from 'hono'
import { AppError, toAppError } from '../../../../../shared/errors.ts'
import type { ToolDefinition } from '../../../../../shared/generation.ts'
import { accountOf } from '../../../../http/surface.ts'
import type { SurfaceEnv } from '../../../../http/surface-env.ts'
import { requireScope } from '../../../../services/accounts/keys.ts'
import type { ToolContext } from '../../../../services/agent-tools/tool.ts'
import type { Toolbox } from '../../../../services/agent-tools/toolbox.ts'
import type { VectorStores } from '../../../../services/documents/stores/vector-stores.ts'
import type { Inference } from '../../../../services/inference/inference.ts'
import {
  type FoundPassage,
  type HostedKind,
  type HostedTool,
  type HostedTools,
  MAX_HOSTED_CALLS,
} from '../../../../services/responses/hosted-tools.ts'
import { callerOf } from '../../call.ts'
import { FILE_PREFIX } from '../../schemas/file.ts'
import type { ResponseFields } from '../../schemas/responses/request.ts'
import type { ResponseTool } from '../../schemas/responses/tools.ts'
import { storeIdIn } from '../../schemas/vector-store.ts'

export interface HostedServices {
  vectorStores: Pick<VectorStores, 'get' | 'search'>
  toolbox: Pick<Toolbox, 'call' | 'survey'>
  inference: Pick<Inference, 'contextTokensOf'>
}

/** Tokens of a model's context where none is linked to say them. */
const USUAL_CONTEXT_TOKENS = 4_096

/** Characters of a query of the web. */
const MAX_WEB_QUERY = 400

const CITE = 'Cite what you use by its number in square brackets, as [1].'

const definitionOf = (name: HostedKind, description: string): ToolDefinition => ({
  name,
  description,
  strict: true,
  parameters: {
    type: 'object',
    properties: { query: { type: 'string', description: 'What to search for.' } },
    required: ['query'],
    additionalProperties: false,
  },
})

type FileSearch = Extract<ResponseTool, { type: 'file_search' }>

/** Passages under their numbers, as many as have room; the first is cut where it alone has none. */
function shownPassages(passages: readonly FoundPassage[], from: number, characters: number) {
  let room = characters
  const lines: string[] = []
  for (const { filename, text } of passages) {
    const line = `[${from + lines.length}] ${filename}: ${text}`
    if (line.length > room && lines.length > 0) break
    lines.push(line.slice(0, Math.max(room, 0)).toWellFormed())
    room -= line.length
  }
  return lines
}

async function fileSearch(
  { vectorStores }: HostedServices,
  {
    tool,
    at,
    accountId,
    contextTokens,
  }: { tool: FileSearch; at: number; accountId: string; contextTokens: number },
): Promise<HostedTool> {
  const ids = await Promise.all(
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
    definition: definitionOf('file_search', 'Finds passages in the files of the user.'),
    async run(query, from) {
      const asked = {
        queries: [query],
        limit,
        filter: filters ?? undefined,
        minScore: ranking?.score_threshold,
      }
      const found = await Promise.all(ids.map((id) => vectorStores.search(accountId, id, asked)))
      const passages = found
        .flat()
        .toSorted((a, b) => b.score - a.score)
        .slice(0, limit)
        .map(({ fileId, name: filename, score, text, attributes }) => ({
          file_id: FILE_PREFIX + fileId,
          filename,
          score,
          text,
          attributes: { ...attributes },
        }))
      // A token has some four characters, and a result may take a quarter of the context.
      const lines = shownPassages(passages, from, contextTokens)
      return {
        ok: true,
        shown: lines.length > 0 ? [...lines, CITE].join('\n\n') : 'Nothing was found.',
        sources: passages
          .slice(0, lines.length)
          .map(({ file_id: fileId, filename }) => ({ kind: 'file', fileId, filename })),
        passages,
      }
    },
  }
}

async function webSearch(
  { toolbox }: HostedServices,
  { at, context }: { at: number; context: (signal: AbortSignal) => ToolContext },
): Promise<HostedTool> {
  const { missing } = await toolbox.survey(context(new AbortController().signal))
  const reason = missing.find(({ name }) => name === 'web_search')?.reason
  if (reason !== undefined) throw new AppError('invalid_request', reason, { param: `tools[${at}].type` })
  return {
    kind: 'web_search',
    definition: definitionOf('web_search', 'Searches the web.'),
    async run(query, from, signal) {
      const answer = await toolbox.call(
        'web_search',
        { query: query.slice(0, MAX_WEB_QUERY) },
        context(signal),
      )
      if (!answer.ok) return { ok: false, shown: answer.message, sources: [] }
      const pages = (answer.outcome.citations ?? []).flatMap((one) => (one.type === 'web' ? [one] : []))
      const lines = pages.map(
        ({ url, title, quote }, index) => `[${from + index}] ${title}\n${url}\n${quote}`,
      )
      return {
        ok: true,
        shown: lines.length > 0 ? [...lines, CITE].join('\n\n') : answer.shown,
        sources: pages.map(({ url, title }) => ({ kind: 'url', url, title })),
      }
    },
  }
}

/** The tools of a request that are run here; undefined where it has none. Throws for one that cannot be had, by name. */
export async function hostedToolsOf(
  c: Context<SurfaceEnv>,
  services: HostedServices,
  {
    body,
    model,
    runId,
    userWords,
  }: { body: ResponseFields; model: string; runId: string; userWords: string },
): Promise<HostedTools | undefined> {
  const asked = (body.tools ?? [])
    .map((tool, at) => ({ tool, at }))
    .filter(({ tool }) => tool.type !== 'function')
  if (asked.length === 0) return undefined
  const { id: accountId } = accountOf(c)
  // A key that may run models alone reads nobody's files by asking one about them.
  if (asked.some(({ tool }) => tool.type === 'file_search')) requireScope(accountOf(c), 'files')
  const contextTokens = (await services.inference.contextTokensOf(model, callerOf(c))) ?? USUAL_CONTEXT_TOKENS
  const context = (signal: AbortSignal): ToolContext => ({
    ...{ accountId, requestId: c.get('requestId'), runId, step: 1, userWords, contextTokens, signal },
    foundAddresses: [],
    isTainted: false,
    mayReadFiles: false,
    now: Date.now,
    resultOf: async () => undefined,
  })
  const tools = await Promise.all(
    asked.map(({ tool, at }) =>
      tool.type === 'file_search'
        ? fileSearch(services, { tool, at, accountId, contextTokens })
        : webSearch(services, { at, context }),
    ),
  )
  return { tools, maxCalls: body.max_tool_calls ?? MAX_HOSTED_CALLS }
}
