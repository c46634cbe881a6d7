import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../../../../../shared/errors.ts'
import { attachment } from '../../../../http/download/download.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { openLifeline, readerOf } from '../../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { createBranching } from '../../../../services/conversations/branching.ts'
import type { Conversation, Conversations } from '../../../../services/conversations/conversations.ts'
import type { ToldMessages } from '../../../../services/conversations/told-messages.ts'
import { toListed, toMarkdown, toMessage } from '../../message-form.ts'
import { failures } from '../../schemas/common.ts'
import { ListedConversation } from '../../schemas/responses/conversation-list.ts'
import {
  BranchRequest,
  ConversationExport,
  ConversationMessageList,
  ExportQuery,
  MessagePage,
} from '../../schemas/responses/conversation-messages.ts'
import { rowIdIn } from '../../schemas/responses/response.ts'
import { ConversationParams, conversationOf } from '../responses/conversations.ts'

const tags = ['Conversations']
const security = [{ bearer: [] }]
const path = '/v1/conversations/{conversation_id}'

const listMessages = createRoute({
  method: 'get',
  path: `${path}/messages`,
  operationId: 'listConversationMessages',
  tags,
  security,
  summary: 'The messages of a conversation, from its end, with figures and sources; oldest first on a page',
  request: { params: ConversationParams, query: MessagePage },
  responses: { 200: json(ConversationMessageList, 'A page of messages.'), ...failures },
})

const exportOne = createRoute({
  method: 'get',
  path: `${path}/export`,
  operationId: 'exportConversation',
  tags,
  security,
  summary: 'A whole conversation to take along',
  request: { params: ConversationParams, query: ExportQuery },
  responses: {
    200: {
      description: 'A file.',
      content: {
        'application/json': { schema: ConversationExport },
        'text/markdown': { schema: { type: 'string' as const } },
      },
    },
    ...failures,
  },
})

const branch = createRoute({
  method: 'post',
  path: `${path}/branches`,
  operationId: 'branchConversation',
  tags,
  security,
  summary: 'Another conversation that begins like this one',
  description:
    'To edit a question, branch `before` it and ask anew; to try another way from an answer, branch `through` it. What is taken over counts as stored.',
  request: {
    params: ConversationParams,
    body: jsonBody(BranchRequest, { before: 'msg_6921b2a00123456789abcdef' }),
  },
  responses: { 201: json(ListedConversation, 'The new conversation.'), ...failures },
})

export interface ConversationMessageServices {
  conversations: Pick<Conversations, 'find'>
  toldMessages: ToldMessages
  branch: ReturnType<typeof createBranching>
}

const encoder = new TextEncoder()

/** A stream of bytes of a generator's texts, for as long as its reader may have them. */
function streamOf(texts: AsyncGenerator<string, void, void>, lifeline: ReturnType<typeof openLifeline>) {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await texts.next()
      if (lifeline.refusal) throw lifeline.refusal
      if (!done) return controller.enqueue(encoder.encode(value))
      lifeline.end()
      controller.close()
    },
    async cancel() {
      lifeline.end()
      await texts.return()
    },
  })
}

async function* jsonExport(
  told: ToldMessages,
  conversation: Conversation,
): AsyncGenerator<string, void, void> {
  yield `{"object":"conversation.export","conversation":${JSON.stringify(toListed(conversation))},"messages":[`
  let separator = ''
  for await (const messages of told.all(conversation.id)) {
    yield messages
      .map((message) => {
        const text = `${separator}\n${JSON.stringify(toMessage(message))}`
        separator = ','
        return text
      })
      .join('')
  }
  yield '\n]}\n'
}

async function* markdownExport(
  told: ToldMessages,
  conversation: Conversation,
): AsyncGenerator<string, void, void> {
  yield `# ${conversation.title.replaceAll(/\s+/g, ' ')}\n\n`
  for await (const messages of told.all(conversation.id)) yield messages.map(toMarkdown).join('')
}

/** A conversation as its reader sees it, and as it is taken along or branched. */
export function conversationMessageRoutes(
  app: Surface,
  { conversations, toldMessages, branch: branchOff }: ConversationMessageServices,
): void {
  const positionOf = async (conversationId: string, spelled: string, param: string): Promise<number> => {
    const position = await toldMessages.positionOf(conversationId, rowIdIn(spelled) ?? '')
    if (position === undefined)
      throw new AppError('not_found', `The conversation has no message '${spelled}'.`, { param })
    return position
  }

  app.openapi(listMessages, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const { id } = await conversationOf(conversations, { accountId: accountOf(c).id, spelled })
    const { limit, before } = c.req.valid('query')
    const position = before === undefined ? undefined : await positionOf(id, before, 'before')
    const [{ messages, hasMore }, instructions] = await Promise.all([
      toldMessages.before(id, { position, limit }),
      toldMessages.instructions(id),
    ])
    const data = messages.map(toMessage)
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
    return c.json({ object: 'list' as const, data, ...ends, has_more: hasMore, instructions }, 200)
  })

  app.openapi(exportOne, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const conversation = await conversationOf(conversations, { accountId: accountOf(c).id, spelled })
    const isJson = c.req.valid('query').format === 'json'
    const texts = (isJson ? jsonExport : markdownExport)(toldMessages, conversation)
    return c.body(streamOf(texts, openLifeline(readerOf(c))), 200, {
      'content-type': isJson ? 'application/json' : 'text/markdown; charset=utf-8',
      'content-disposition': attachment(`${conversation.title}.${isJson ? 'json' : 'md'}`),
      'cache-control': 'no-store',
    })
  })

  app.openapi(branch, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const from = await conversationOf(conversations, { accountId: accountOf(c).id, spelled })
    const { through, before } = c.req.valid('json')
    const throughPosition =
      before === undefined
        ? await positionOf(from.id, through ?? '', 'through')
        : (await positionOf(from.id, before, 'before')) - 1
    return c.json(toListed(await branchOff({ from, throughPosition })), 201)
  })
}
