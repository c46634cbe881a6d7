import { z } from 'zod'
import { answerOf, type TimeRange, type WebSearchEngine, webResults } from './web-results.ts'

export interface SearchConfig {
  /** The address of a SearXNG server that answers in JSON. */
  SEARXNG_URL?: string | undefined
  BRAVE_SEARCH_API_KEY?: string | undefined
  BRAVE_SEARCH_URL: string
  TAVILY_API_KEY?: string | undefined
  TAVILY_URL: string
}

const Loose = z.looseObject({})

/** SearXNG's list of ranges has no week. */
const SEARXNG_RANGES = { day: 'day', week: 'month', month: 'month', year: 'year' } as const satisfies Record<
  TimeRange,
  string
>

/** A SearXNG server of the operator's own (docs.searxng.org/dev/search_api.html). */
export function searxng(base: string, fetcher?: typeof fetch): WebSearchEngine {
  const schema = z.object({ results: z.array(Loose) })
  return {
    name: 'SearXNG',
    async search({ query, count, timeRange }, signal) {
      const url = new URL(`${base.replace(/\/$/, '')}/search`)
      url.searchParams.set('q', query)
      url.searchParams.set('format', 'json')
      if (timeRange) url.searchParams.set('time_range', SEARXNG_RANGES[timeRange])
      const headers = { accept: 'application/json' }
      const asked = { name: this.name, schema, ...(fetcher && { fetcher }) }
      const { results } = await answerOf(asked, url, { headers, signal })
      const raw = results.map(({ url, title, content, publishedDate }) => ({
        ...{ url, title, snippet: content, published: publishedDate },
      }))
      return webResults(raw, count)
    },
  }
}

const BRAVE_RANGES = { day: 'pd', week: 'pw', month: 'pm', year: 'py' } as const satisfies Record<
  TimeRange,
  string
>

/** Brave's search (api-dashboard.search.brave.com/app/documentation/web-search). */
export function brave(key: string, address: string, fetcher?: typeof fetch): WebSearchEngine {
  const schema = z.object({ web: z.object({ results: z.array(Loose) }).optional() })
  return {
    name: 'Brave',
    async search({ query, count, timeRange }, signal) {
      const url = new URL(address)
      url.searchParams.set('q', query)
      url.searchParams.set('count', String(count))
      url.searchParams.set('text_decorations', 'false')
      if (timeRange) url.searchParams.set('freshness', BRAVE_RANGES[timeRange])
      const headers = { accept: 'application/json', 'x-subscription-token': key }
      const asked = { name: this.name, schema, ...(fetcher && { fetcher }) }
      const { web } = await answerOf(asked, url, { headers, signal })
      const raw = (web?.results ?? []).map(({ url, title, description, page_age }) => ({
        ...{ url, title, snippet: description, published: page_age },
      }))
      return webResults(raw, count)
    },
  }
}

/** Tavily's search (docs.tavily.com/documentation/api-reference/endpoint/search). */
export function tavily(key: string, address: string, fetcher?: typeof fetch): WebSearchEngine {
  const schema = z.object({ results: z.array(Loose) })
  return {
    name: 'Tavily',
    async search({ query, count, timeRange }, signal) {
      const body = JSON.stringify({ query, max_results: count, ...(timeRange && { time_range: timeRange }) })
      const headers = {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
      }
      const asked = { name: this.name, schema, ...(fetcher && { fetcher }) }
      const { results } = await answerOf(asked, new URL(address), { method: 'POST', headers, body, signal })
      const raw = results.map(({ url, title, content, published_date }) => ({
        ...{ url, title, snippet: content, published: published_date },
      }))
      return webResults(raw, count)
    },
  }
}

/** The search engines of a deployment, in the order in which they are asked. */
export function searchEngines(config: SearchConfig): WebSearchEngine[] {
  const { SEARXNG_URL, BRAVE_SEARCH_API_KEY, BRAVE_SEARCH_URL, TAVILY_API_KEY, TAVILY_URL } = config
  return [
    ...(SEARXNG_URL ? [searxng(SEARXNG_URL)] : []),
    ...(BRAVE_SEARCH_API_KEY ? [brave(BRAVE_SEARCH_API_KEY, BRAVE_SEARCH_URL)] : []),
    ...(TAVILY_API_KEY ? [tavily(TAVILY_API_KEY, TAVILY_URL)] : []),
  ]
}
