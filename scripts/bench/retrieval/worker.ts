import { createLogger } from '../../../shared/log.ts'
import { encodeMatrix } from '../../../shared/tasks/fit-matrix.ts'
import { LibraryObject } from '../../../worker/durable/library/library-object.ts'
import { VectorStore } from '../../../worker/durable/library/vector-store.ts'
import { WordFinder } from '../../../worker/durable/library/word-finder.ts'
import edge from '../../../worker/index.ts'
import { loadAnalyser } from '../../../worker/services/library/analysis/analyser.ts'
import { vectorOf } from './made-up-vectors.ts'

// The Worker as it is deployed, with libraries whose vectors the bench makes: no node is to be measured.

export * from '../../../worker/index.ts'

const TERMS_KEY = 'bench/terms'

/** There when all passages of an account are, and its vectors may be fitted to them: once, and not to the first of them. */
const openKey = (account: string) => `bench/${account}/open`

/** Whether the account of a name has embeddings. */
const isEmbedded = (account: string) => account.startsWith('embedding')

/** The library as it is deployed, but for those that it asks. Its name says which vectors it has. */
export class Library extends LibraryObject {
  readonly #options: ConstructorParameters<typeof VectorStore>[0]
  readonly #vectors: VectorStore

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const account = ctx.id.name ?? ''
    const embedding = {
      current: async () =>
        isEmbedded(account)
          ? { model: 'bench', sha256: null, queryPrefix: '', passagePrefix: '' }
          : undefined,
      embed: async (_model: string, texts: readonly string[]) => texts.map(vectorOf),
    }
    const log = createLogger(console.error, { part: 'bench' })
    super(ctx, env, () => ({
      embedding,
      reranking: { current: async () => undefined, scores: async () => [] },
      fitting: {
        canRun: async () => (await env.FILES.head(openKey(account))) !== null,
        begin: async ({ id, matrix }) => {
          await env.FILES.put(`bench/${account}/matrix`, encodeMatrix(matrix), { customMetadata: { id } })
        },
        read: async (key) => (await env.FILES.get(key)) ?? undefined,
        discard: (key) => env.FILES.delete(key),
      },
      onDue: async () => {},
      log,
      now: Date.now,
    }))
    this.#options = {
      sql: ctx.storage.sql,
      transaction: (work) => ctx.storage.transactionSync(work),
      embedding: () => embedding,
      accountId: account,
      log: () => log,
    }
    this.#vectors = new VectorStore(this.#options)
  }

  /** The documents that vectors alone find, from the best on. */
  async byVectors(query: string): Promise<string[]> {
    const select = `SELECT documents.id AS told FROM documents JOIN passages
      ON passages.document = documents.number WHERE passages.id = ?`
    return [...new Set(await this.#toldOf(query, select))]
  }

  /** The numbers with which the texts begin of passages that vectors alone find. */
  async numbersByVectors(query: string): Promise<number[]> {
    const texts = await this.#toldOf(query, 'SELECT substr(text, 2, 12) AS told FROM passages WHERE id = ?')
    return texts.map((text) => Number.parseInt(text, 10))
  }

  async #toldOf(query: string, select: string): Promise<string[]> {
    const { sql } = this.#options
    const words = (await loadAnalyser()).queryWords(query, new WordFinder(sql).languages())
    const found = (await this.#vectors.ask(query, words))?.best(undefined) ?? []
    return found.map(({ id }) => sql.exec<{ told: string }>(select, id).one().told)
  }
}

/** `POST /bench/<account>/<call>` with the call's arguments: what RPC would answer. */
async function call(account: string, name: string, request: Request, env: Cloudflare.Env): Promise<Response> {
  if (name === 'matrix') {
    const matrix = await env.FILES.get(`bench/${account}/matrix`)
    if (!matrix) return new Response(null, { status: 404 })
    return new Response(matrix.body, { headers: { 'x-task': matrix.customMetadata?.id ?? '' } })
  }
  if (name === 'open') {
    await env.FILES.put(openKey(account), '')
    return Response.json(null)
  }
  const library = env.LIBRARY.getByName(account)
  if (name === 'terms') {
    await env.FILES.put(TERMS_KEY, await request.arrayBuffer())
    await library.fitted(request.headers.get('x-task') ?? '', { key: TERMS_KEY })
    return Response.json(null)
  }
  const values = (await request.json()) as unknown[]
  // The bench names calls that there are; one is not to be taken from its object, which RPC would call `apply` of.
  const calls = library as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>
  return Response.json((await calls[name]?.(...values)) ?? null)
}

export default {
  ...edge,
  fetch: async (request, env, context) => {
    const [, account, name] = /^\/bench\/([\w-]+)\/(\w+)$/.exec(new URL(request.url).pathname) ?? []
    return account && name ? await call(account, name, request, env) : await edge.fetch(request, env, context)
  },
} satisfies ExportedHandler<Cloudflare.Env>
