import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page as a search engine knows it. */
interface KnownPage {
  title: string
  url: string
  words: string
  date?: string
}

/** The pages of a web, the key that its engines ask for, and how often and with what they were asked. */
interface Web {
  pages: KnownPage[]
  key: string
  asked: { query: Record<string, string>; body: string }[]
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

const ofSearxng = (pages: readonly KnownPage[]) => ({
  query: '',
  number_of_results: pages.length,
  results: pages.map(({ title, url, words, date }, index) => ({
    ...{ url, title, content: words, thumbnail: null, engine: 'duckduckgo', template: 'default.html' },
    ...{ parsed_url: [], engines: ['duckduckgo'], positions: [index + 1], publishedDate: date ?? null },
    ...{ score: 1 / (index + 1), category: 'general' },
  })),
  ...{ answers: [], corrections: [], infoboxes: [], suggestions: [], unresponsive_engines: [] },
})

const ofBrave = (pages: readonly KnownPage[]) => ({
  ...{ type: 'search', query: { original: '' } },
  web: {
    type: 'search',
    results: pages.map(({ title, url, words, date }) => ({
      ...{ type: 'search_result', subtype: 'generic', title, url, description: words, language: 'en' },
      ...(date && { page_age: date }),
    })),
  },
})

const ofTavily = (pages: readonly KnownPage[]) => ({
  ...{ query: '', follow_up_questions: null, answer: null, images: [], response_time: 0.9 },
  results: pages.map(({ title, url, words, date }) => ({
    ...{ title, url, content: words, score: 0.9, raw_content: null, published_date: date ?? null },
  })),
})

/** The answer of an engine; undefined where it refuses. */
function answerOf(engine: string, url: URL, { method, headers }: IncomingMessage, web: Web): unknown {
  const { searchParams } = url
  if (engine === 'searxng')
    return searchParams.has('q') && searchParams.get('format') === 'json' ? ofSearxng(web.pages) : undefined
  if (engine === 'brave')
    return searchParams.has('q') && headers['x-subscription-token'] === web.key
      ? ofBrave(web.pages)
      : undefined
  return method === 'POST' && headers.authorization === `Bearer ${web.key}` ? ofTavily(web.pages) : undefined
}

/**
 * Search engines outside of workerd, in the tests' hands: `PUT /name` with `{pages, key}` says what the web of that name holds, which
 * `/name/searxng/search`, `/name/brave` and `/name/tavily` search as the real ones do. `GET /name/asked` says what they were
 * asked; `/name/silent` never answers. They keep no process alive.
 */
export async function startSearchServers(): Promise<string> {
  const webs = new Map<string, Web>()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, name = '', engine = ''] = url.pathname.split('/')
    const body = await textOf(request)
    if (request.method === 'PUT') {
      webs.set(name, { pages: [], key: '', asked: [], ...JSON.parse(body) })
      response.writeHead(204).end()
      return
    }
    const web = webs.get(name)
    if (web && engine === 'asked') response.end(JSON.stringify(web.asked))
    else if (engine !== 'silent') {
      web?.asked.push({ query: Object.fromEntries(url.searchParams), body })
      const answer = web && answerOf(engine, url, request, web)
      response.writeHead(answer === undefined ? 403 : 200, { 'content-type': 'application/json' })
      response.end(answer === undefined ? 'Forbidden' : JSON.stringify(answer))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
