import { z } from 'zod'

/** The addresses of a name; none where it has none. Rejects where nobody could say. */
export type ResolveHost = (name: string, signal?: AbortSignal) => Promise<string[]>

/** Record types (RFC 1035 §3.2.2, RFC 3596 §2.1), and the answer that a name does not exist (RFC 1035 §4.1.1). */
const TYPES = { A: 1, AAAA: 28 } as const
const NO_SUCH_NAME = 3

const Answer = z.object({
  Status: z.int(),
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
})

/**
 * Looks names up over HTTPS, as Workers must: the JSON form that Cloudflare's and Google's resolvers answer with
 * (developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json).
 */
export function createResolver(
  url: string,
  fetcher: typeof fetch = (...asked) => fetch(...asked),
): ResolveHost {
  async function ask(name: string, type: keyof typeof TYPES, signal?: AbortSignal): Promise<string[]> {
    const query = new URL(url)
    query.searchParams.set('name', name)
    query.searchParams.set('type', type)
    const response = await fetcher(query.href, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      ...(signal && { signal }),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`The resolver answered ${response.status}.`)
    }
    const { Status: status, Answer: records = [] } = Answer.parse(await response.json())
    if (status !== 0 && status !== NO_SUCH_NAME) throw new Error(`The resolver answered with code ${status}.`)
    return records.filter((record) => record.type === TYPES[type]).map(({ data }) => data)
  }

  return async (name, signal) =>
    (await Promise.all([ask(name, 'A', signal), ask(name, 'AAAA', signal)])).flat()
}
