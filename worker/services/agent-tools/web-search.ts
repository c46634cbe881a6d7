import { z } from 'zod'
import { TIME_RANGES, type WebQuery, type WebResult, type WebSearchEngine } from './search/web-results.ts'
import type { Tool } from './tool.ts'

/** Characters of a query, as many as every engine takes. */
export const MAX_QUERY_CHARACTERS = 400

/** Results of one search. */
export const MAX_WEB_RESULTS = 10
const USUAL_WEB_RESULTS = 5

/** How long a search may take, all engines that are asked together. */
export const SEARCH_LIMIT_MS = 15_000

const NONE_CONFIGURED = 'No web search is configured on this server.'

const Arguments = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .max(MAX_QUERY_CHARACTERS)
    .describe('What to search for, as for a search engine.'),
  count: z.int().min(1).max(MAX_WEB_RESULTS).describe('How many results.').optional(),
  time_range: z.enum(TIME_RANGES).describe('Only what is that new.').optional(),
})

const lineOf = ({ title, url, snippet, published }: WebResult, index: number): string =>
  [`${index + 1}. ${title}${published === undefined ? '' : ` (${published})`}`, `   ${url}`, `   ${snippet}`]
    .filter((line) => line.trim() !== '')
    .join('\n')

/** The web, by the engines that the operator has configured: the next is asked where the one before it fails. */
export function createWebSearch(engines: readonly WebSearchEngine[]): Tool<z.infer<typeof Arguments>> {
  async function search(query: WebQuery, signal: AbortSignal): Promise<WebResult[]> {
    let failure: unknown
    for (const engine of engines) {
      try {
        return await engine.search(query, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        failure = thrown
      }
    }
    throw failure
  }

  return {
    name: 'web_search',
    description: 'Searches the web and answers with titles, addresses and a few words of each result.',
    arguments: Arguments,
    effect: 'reads',
    brings: 'untrusted text',
    limitMs: SEARCH_LIMIT_MS,
    offered: async () => (engines.length === 0 ? NONE_CONFIGURED : undefined),
    async run({ query, count = USUAL_WEB_RESULTS, time_range: timeRange }, { signal }) {
      const results = await search({ query, count, timeRange }, signal)
      if (results.length === 0)
        return { text: `The web search found nothing for ${JSON.stringify(query)}.`, data: { results: [] } }
      return {
        text: results.map(lineOf).join('\n'),
        citations: results.map(({ url, title, snippet }) => ({ type: 'web', url, title, quote: snippet })),
        addresses: results.map(({ url }) => url),
        data: { results },
      }
    },
  }
}
