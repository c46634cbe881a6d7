import { createRoute, z } from '@hono/zod-openapi'
import { json } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { Note, Notes } from '../../../../services/agent-tools/own/notes.ts'
import { failures } from '../../schemas/common.ts'
import { idIn } from '../../schemas/file.ts'

/** The prefix of a note's id on this surface. */
export const NOTE_PREFIX = 'note_'

/** Notes of one page. */
export const MAX_LISTED_NOTES = 100

const tags = ['Agents']
const security = [{ bearer: [] }]

const AgentNote = z
  .object({
    id: z.string(),
    object: z.literal('agent.note'),
    created_at: z.int().openapi({ description: 'Unix seconds.' }),
    text: z.string(),
  })
  .openapi('AgentNote')

const AgentNoteList = z
  .object({
    object: z.literal('list'),
    data: z.array(AgentNote),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
    total: z.int(),
  })
  .openapi('AgentNoteList')

const query = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LISTED_NOTES).default(20),
  after: z.string().optional(),
})

const list = createRoute({
  method: 'get',
  path: '/v1/agents/notes',
  operationId: 'listAgentNotes',
  tags,
  security,
  summary: 'What agents remember for you, the newest first',
  request: { query },
  responses: { 200: json(AgentNoteList, 'A page of notes.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/agents/notes/{note_id}',
  operationId: 'deleteAgentNote',
  tags,
  security,
  summary: 'Have a note forgotten',
  request: {
    params: z.object({ note_id: z.string().openapi({ param: { name: 'note_id', in: 'path' } }) }),
  },
  responses: {
    200: json(
      z
        .object({ id: z.string(), object: z.literal('agent.note'), deleted: z.literal(true) })
        .openapi('DeletedAgentNote'),
      'It is gone.',
    ),
    ...failures,
  },
})

const toNote = ({ id, text, createdAt }: Note) => ({
  id: NOTE_PREFIX + id,
  object: 'agent.note' as const,
  created_at: Math.floor(createdAt / 1_000),
  text,
})

/** The notes that `remember` keeps and `recall` finds. */
export function agentNoteRoutes(app: Surface, notes: Pick<Notes, 'list' | 'remove'>): void {
  app.openapi(list, async (c) => {
    const { limit, after } = c.req.valid('query')
    const last = after === undefined ? undefined : idIn(NOTE_PREFIX, after)
    const { notes: found, hasMore, total } = await notes.list(accountOf(c).id, { limit, after: last })
    const data = found.map(toNote)
    const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return c.json({ object: 'list' as const, data, first_id, last_id, has_more: hasMore, total }, 200)
  })

  app.openapi(remove, async (c) => {
    const { note_id: spelled } = c.req.valid('param')
    await notes.remove(accountOf(c).id, idIn(NOTE_PREFIX, spelled))
    return c.json({ id: spelled, object: 'agent.note' as const, deleted: true as const }, 200)
  })
}
