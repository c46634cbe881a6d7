import '../../workerd.ts'
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import {
  brave,
  searchEngines,
  searxng,
  tavily,
} from '../../../../worker/services/agent-tools/search/engines.ts'
import {
  MAX_ANSWER_BYTES,
  MAX_SNIPPET_CHARACTERS,
  MAX_TITLE_CHARACTERS,
} from '../../../../worker/services/agent-tools/search/web-results.ts'
import {
  createWebSearch,
  MAX_QUERY_CHARACTERS,
  MAX_WEB_RESULTS,
} from '../../../../worker/services/agent-tools/web-search.ts'
import { contextOf, textOf } from './samples.ts'

const KEY = 'a key of the tests'
const PAGES = [
  {
    title: 'Chips &amp; <b>models</b>',
    url: 'https://news.example/chips',
    words: 'New <strong>chips</strong>.',
  },
  { title: 'Old news', url: 'https://news.example/old', words: 'From then.', date: '2026-11-01T00:00:00' },
  { title: 'Again', url: 'https://news.example/old', words: 'The same page.' },
  { title: 'Not of the web', url: 'javascript:alert(1)', words: 'x' },
  { title: 'Third', url: 'http://third.example/', words: 'Three.' },
]
const FOUND = [
  '1. Chips & models',
  '   https://news.example/chips',
  '   New chips.',
  '2. Old news (2026-11-01T00:00:00)',
  '   https://news.example/old',
  '   From then.',
  '3. Third',
  '   http://third.example/',
  '   Three.',
].join('\n')

/** A web of these pages that engines search; answers with where they are. */
async function webOf(pages: readonly object[] = PAGES): Promise<string> {
  const web = `${inject('searchServer')}/${crypto.randomUUID()}`
  await fetch(web, { method: 'PUT', body: JSON.stringify({ pages, key: KEY }) })
  return web
}

const Asked = z.array(z.object({ query: z.record(z.string(), z.string()), body: z.string() }))
const lastAsked = async (web: string) => Asked.parse(await (await fetch(`${web}/asked`)).json()).at(-1)

/** A search engine that answers so, whatever it is asked. */
const answering = (body: string, status = 200) =>
  searxng('https://engine.example', async () => new Response(body, { status }))

describe('web_search', () => {
  it('finds with SearXNG, and tells titles, addresses and words without their markup', async () => {
    const web = await webOf()
    const tool = createWebSearch([searxng(`${web}/searxng/`)])
    const outcome = await tool.run({ query: 'AI news & more', time_range: 'week' }, contextOf())
    expect(outcome.text).toBe(FOUND)
    expect(outcome.addresses).toEqual([
      'https://news.example/chips',
      'https://news.example/old',
      'http://third.example/',
    ])
    expect(outcome.citations?.[0]).toEqual({
      ...{ type: 'web', url: 'https://news.example/chips', title: 'Chips & models', quote: 'New chips.' },
    })
    const query = { q: 'AI news & more', format: 'json', time_range: 'month' }
    expect(await lastAsked(web)).toMatchObject({ query })
  })

  it('finds with Brave, by its key', async () => {
    const web = await webOf()
    const tool = createWebSearch([brave(KEY, `${web}/brave`)])
    expect(await textOf(tool, { query: 'chips', count: 3, time_range: 'day' })).toBe(FOUND)
    const query = { q: 'chips', count: '3', text_decorations: 'false', freshness: 'pd' }
    expect(await lastAsked(web)).toMatchObject({ query })
  })

  it('finds with Tavily, by its key', async () => {
    const web = await webOf()
    const tool = createWebSearch([tavily(KEY, `${web}/tavily`)])
    expect(await textOf(tool, { query: 'chips', count: 3, time_range: 'year' })).toBe(FOUND)
    const { body = '' } = (await lastAsked(web)) ?? {}
    expect(JSON.parse(body)).toEqual({ query: 'chips', max_results: 3, time_range: 'year' })
  })

  it('is not offered where no engine is configured, and says so', async () => {
    const urls = { BRAVE_SEARCH_URL: 'https://b.example', TAVILY_URL: 'https://t.example' }
    const reason = 'No web search is configured on this server.'
    expect(await createWebSearch(searchEngines(urls)).offered(contextOf())).toBe(reason)
    const all = { ...urls, SEARXNG_URL: 'https://s.example', BRAVE_SEARCH_API_KEY: 'b', TAVILY_API_KEY: 't' }
    const engines = searchEngines(all)
    expect(engines.map(({ name }) => name)).toEqual(['SearXNG', 'Brave', 'Tavily'])
    expect(await createWebSearch(engines).offered(contextOf())).toBeUndefined()
  })

  it('asks the next engine where one fails, and says which was the last', async () => {
    const web = await webOf()
    const wrong = brave('another key', `${web}/brave`)
    expect(await textOf(createWebSearch([wrong, searxng(`${web}/searxng`)]), { query: 'a' })).toBe(FOUND)
    const gone = searxng('https://engine.example', () => Promise.reject(new Error('ECONNREFUSED')))
    for (const [engine, words] of [
      [wrong, 'Brave answered 403'],
      [gone, 'SearXNG could not be reached'],
      [answering('<html>'), 'SearXNG did not answer in its own form'],
      [answering('{"results":{}}'), 'SearXNG did not answer in its own form'],
      [answering('', 302), 'SearXNG answered 302'],
    ] as const)
      await expect(textOf(createWebSearch([engine]), { query: 'a' })).rejects.toThrow(
        `The web search failed: ${words}.`,
      )
  })

  it('takes an answer of the most bytes, and none of one more', async () => {
    const ofBytes = async (bytes: number) => {
      const body = JSON.stringify({ results: [] })
      const engine = answering(body + ' '.repeat(bytes - body.length))
      return textOf(createWebSearch([engine]), { query: 'nothing "here"' })
    }
    expect(await ofBytes(MAX_ANSWER_BYTES)).toBe('The web search found nothing for "nothing \\"here\\"".')
    await expect(ofBytes(MAX_ANSWER_BYTES + 1)).rejects.toThrow('SearXNG answered more than')
  })

  it('cuts titles and words at their limits', async () => {
    const page = (more: number) => ({
      url: 'https://long.example/',
      title: 't'.repeat(MAX_TITLE_CHARACTERS + more),
      words: 'w'.repeat(MAX_SNIPPET_CHARACTERS + more),
    })
    for (const more of [0, 1]) {
      const tool = createWebSearch([searxng(`${await webOf([page(more)])}/searxng`)])
      const { data } = await tool.run({ query: 'a' }, contextOf())
      const { title, words } = page(0)
      expect(data).toEqual({ results: [{ title, url: 'https://long.example/', snippet: words }] })
    }
  })

  it('stops with the run', async () => {
    const silent = `${inject('searchServer')}/any/silent`
    const signal = AbortSignal.timeout(50)
    const search = textOf(createWebSearch([searxng(silent)]), { query: 'a' }, contextOf({ signal }))
    await expect(search).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('takes queries and counts at their limits, and none past them', () => {
    const { arguments: schema } = createWebSearch([])
    const takes = (args: unknown) => schema.safeParse(args).success
    expect(takes({ query: 'q'.repeat(MAX_QUERY_CHARACTERS), count: MAX_WEB_RESULTS })).toBe(true)
    expect(takes({ query: 'q'.repeat(MAX_QUERY_CHARACTERS + 1) })).toBe(false)
    expect(takes({ query: 'q', count: MAX_WEB_RESULTS + 1 })).toBe(false)
    expect(takes({ query: ' ' })).toBe(false)
    expect(takes({ query: 'q', url: 'https://elsewhere.example' })).toBe(false)
  })
})
