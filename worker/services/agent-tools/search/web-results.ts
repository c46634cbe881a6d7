import { Parser } from 'htmlparser2'
import type { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import { boundedBody } from '../web/bounded-body.ts'

/** Bytes of a search engine's answer. */
export const MAX_ANSWER_BYTES = 1024 * 1024

/** Characters of a result's title and of its words. */
export const MAX_TITLE_CHARACTERS = 200
export const MAX_SNIPPET_CHARACTERS = 600

export const TIME_RANGES = ['day', 'week', 'month', 'year'] as const
export type TimeRange = (typeof TIME_RANGES)[number]

export interface WebQuery {
  query: string
  count: number
  timeRange?: TimeRange | undefined
}

export interface WebResult {
  title: string
  url: string
  snippet: string
  /** As the engine spells it; absent where it does not say. */
  published?: string
}

/** A search engine that was configured. It throws what `answerOf` does. */
export interface WebSearchEngine {
  name: string
  search(query: WebQuery, signal: AbortSignal): Promise<WebResult[]>
}

/** A result before it is looked at. Engines leave out what they do not have, or say null. */
export interface RawResult {
  url?: unknown
  title?: unknown
  snippet?: unknown
  published?: unknown
}

/** The words of a piece of HTML, or of a text. */
function plainText(html: unknown, mostCharacters: number): string {
  if (typeof html !== 'string') return ''
  let text = ''
  const parser = new Parser({
    ontext(data) {
      text += data
    },
  })
  parser.end(html.slice(0, 4 * mostCharacters))
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, mostCharacters).toWellFormed()
}

/** Results as they are shown: only those with an address of the web, each once. */
export function webResults(raw: readonly RawResult[], count: number): WebResult[] {
  const known = new Map<string, WebResult>()
  for (const { url, title, snippet, published } of raw) {
    if (typeof url !== 'string' || !URL.canParse(url)) continue
    const { protocol, href } = new URL(url)
    if ((protocol !== 'https:' && protocol !== 'http:') || known.has(href)) continue
    known.set(href, {
      title: plainText(title, MAX_TITLE_CHARACTERS) || href,
      url: href,
      snippet: plainText(snippet, MAX_SNIPPET_CHARACTERS),
      ...(typeof published === 'string' && { published: published.slice(0, 40) }),
    })
    if (known.size === count) break
  }
  return [...known.values()]
}

const failed = (name: string, why: string) =>
  new AppError('invalid_request', `The web search failed: ${name} ${why}.`)

/** Asks an engine, and checks what it says. Throws `invalid_request` with a sentence that names it. */
export async function answerOf<Schema extends z.ZodType>(
  {
    name,
    schema,
    fetcher = (...asked) => fetch(...asked),
  }: { name: string; schema: Schema; fetcher?: typeof fetch },
  url: URL,
  init: RequestInit & { signal: AbortSignal },
): Promise<z.infer<Schema>> {
  let response: Response
  try {
    response = await fetcher(url.href, { ...init, redirect: 'manual' })
  } catch (thrown) {
    if (init.signal.aborted) throw thrown
    throw failed(name, 'could not be reached')
  }
  if (!response.ok) {
    await response.body?.cancel().catch(() => {})
    throw failed(name, `answered ${response.status}`)
  }
  const { bytes, isCut } = await boundedBody(response, MAX_ANSWER_BYTES)
  if (isCut) throw failed(name, `answered more than ${MAX_ANSWER_BYTES} bytes`)
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    throw failed(name, 'did not answer in its own form')
  }
}
