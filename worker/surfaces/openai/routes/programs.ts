import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { isId } from '../../../../shared/ids.ts'
import { requireAdmin } from '../../../http/auth.ts'
import { MAX_BODY_BYTES, rawBody, typeOf } from '../../../http/input/raw-body.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type {
  createProgramImport,
  ProgramFile,
} from '../../../services/advising/catalogue/import-programs.ts'
import type { Programs } from '../../../services/advising/catalogue/programs.ts'
import { failures } from '../schemas/common.ts'
import { idIn } from '../schemas/file.ts'
import {
  PROGRAM_PREFIX,
  ProgramImport,
  ProgramList,
  ProgramObject,
  ProgramQuery,
  toProgramObject,
} from '../schemas/program.ts'

const tags = ['Programs']
const security = [{ bearer: [] }]

export const PROGRAM_IMPORT_ROUTE = 'POST /v1/programs/imports'

const Params = z.object({
  program_id: z.string().openapi({ param: { name: 'program_id', in: 'path' } }),
})

const list = createRoute({
  method: 'get',
  path: '/v1/programs',
  operationId: 'listPrograms',
  tags,
  security,
  summary: 'Programs of study of the catalogue',
  request: { query: ProgramQuery },
  responses: { 200: json(ProgramList, 'A page of them, in the order of their ids.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/programs/{program_id}',
  operationId: 'getProgram',
  tags,
  security,
  summary: 'One program, as its register states it',
  request: { params: Params },
  responses: { 200: json(ProgramObject, 'The program.'), ...failures },
})

const schema = { schema: { type: 'string', format: 'binary' } } as const

const EXAMPLE_PROGRAM = {
  source: {
    name: 'example-register',
    licence: 'CC BY 4.0',
    address: 'https://register.example.org/programs',
    edition: '2025',
  },
  source_id: '1',
  institution: 'University of Somewhere',
  country: 'FR',
  title: 'Computer Science BSc',
}
const EXAMPLE_CSV =
  'source,licence,address,edition,source_id,institution,country,title\nexample-register,CC BY 4.0,https://register.example.org/programs,2025,1,University of Somewhere,FR,Computer Science BSc\n'

const importPrograms = createRoute({
  method: 'post',
  path: '/v1/programs/imports',
  operationId: 'importPrograms',
  tags,
  security,
  middleware: requireAdmin,
  summary: 'Take a file of programs into the catalogue (admin)',
  description:
    'CSV (UTF-8, separated by commas, semicolons or tabs), JSON (a list) or JSON lines, of at most 95 MB. Each row names its source, its ' +
    'licence, its address, its edition and the source’s own id; a program that is there is replaced. All of the file, or nothing: ' +
    'faults are told by their lines.',
  request: {
    body: {
      required: true,
      content: {
        'text/csv': { ...schema, example: EXAMPLE_CSV },
        'application/json': { ...schema, example: [EXAMPLE_PROGRAM] },
        'application/x-ndjson': { ...schema, example: `${JSON.stringify(EXAMPLE_PROGRAM)}\n` },
      },
    },
  },
  responses: { 200: json(ProgramImport, 'It is in the catalogue.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/programs/{program_id}',
  operationId: 'deleteProgram',
  tags,
  security,
  middleware: requireAdmin,
  summary: 'Delete a program (admin); what was recommended of it stays',
  request: { params: Params },
  responses: {
    200: json(
      z
        .object({ id: z.string(), object: z.literal('program'), deleted: z.literal(true) })
        .openapi('DeletedProgram'),
      'Deleted.',
    ),
    ...failures,
  },
})

const FILES: Readonly<Record<string, ProgramFile>> = {
  'text/csv': 'csv',
  'application/json': 'json',
  'application/x-ndjson': 'json',
  'application/jsonl': 'json',
}

/** How the body is written. Throws `unsupported_media_type`. */
function fileOf(c: Context): ProgramFile {
  const type = typeOf(c)?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const file = Object.hasOwn(FILES, type) ? FILES[type] : undefined
  if (file) return file
  const message =
    'The body must be CSV or JSON: send Content-Type: text/csv, application/json or application/x-ndjson'
  throw new AppError('unsupported_media_type', `${message}.`, { param: 'Content-Type' })
}

const noSuchProgram = (spelled: string, param = 'program_id') =>
  new AppError('not_found', `There is no program '${spelled.slice(0, 64)}'.`, { param })

/** The id of a program as it is spelled; throws `not_found` for what is none. */
function programIdIn(spelled: string, param?: string): string {
  const id = idIn(PROGRAM_PREFIX, spelled)
  if (isId(id)) return id
  throw noSuchProgram(spelled, param)
}

export interface ProgramServices {
  programs: Pick<Programs, 'list' | 'find' | 'remove'>
  programImport: Pick<ReturnType<typeof createProgramImport>, 'run'>
}

/** The catalogue that students are advised from. */
export function programRoutes(app: Surface, { programs, programImport }: ProgramServices): void {
  app.openapi(list, async (c) => {
    const { q: search, source_id: sourceId, limit, after, ...filter } = c.req.valid('query')
    const page = await programs.list(
      { search, sourceId, ...filter },
      { limit, after: after === undefined ? undefined : programIdIn(after, 'after') },
    )
    const data = page.programs.map(toProgramObject)
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return c.json(
      {
        object: 'list' as const,
        data,
        has_more: page.hasMore,
        first_id: first,
        last_id: last,
        catalogue_version: page.version,
      },
      200,
    )
  })

  app.openapi(get, async (c) => {
    const { program_id: spelled } = c.req.valid('param')
    const found = await programs.find(programIdIn(spelled))
    if (!found) throw noSuchProgram(spelled)
    return c.json(toProgramObject(found), 200)
  })

  app.openapi(importPrograms, async (c) => {
    const file = fileOf(c)
    const { version, ...counts } = await programImport.run(
      accountOf(c).id,
      file,
      rawBody(c, { maxBytes: MAX_BODY_BYTES, instead: ': send it in parts' }),
    )
    return c.json({ object: 'program_import' as const, ...counts, catalogue_version: version }, 200)
  })

  app.openapi(remove, async (c) => {
    const { program_id: spelled } = c.req.valid('param')
    await programs.remove(programIdIn(spelled), accountOf(c).id)
    return c.json({ id: spelled, object: 'program' as const, deleted: true as const }, 200)
  })
}
