import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { MAX_URL_LENGTH } from '../webhooks/targets.ts'
import type { Tool } from './tool.ts'
import { pageText } from './web/page-text.ts'
import { readable } from './web/readable.ts'
import type { createRobots } from './web/robots.ts'
import type { WebPage, WebPages } from './web/web-page.ts'

/** Bytes of a page that are read. */
export const MAX_PAGE_BYTES = 2 * 1024 * 1024

/** How long a page may take, its redirects and the wishes of its site in it. */
export const FETCH_LIMIT_MS = 10_000

const QUOTE_CHARACTERS = 300

const Arguments = z.strictObject({
  url: z.string().min(1).max(MAX_URL_LENGTH).describe('The address of a page: https://…'),
})

const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/i
const PLAIN = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml)\b)/i

/** A page of the public net, as somebody would read it. It is read by the edge: a node stands inside its owner's network. */
export function createFetchUrl({
  pages,
  mayRead,
}: {
  pages: Pick<WebPages, 'get'>
  mayRead: ReturnType<typeof createRobots>
}): Tool<z.infer<typeof Arguments>> {
  async function contentOf({ url, status, contentType, bytes }: WebPage) {
    if (status >= 400)
      throw new AppError('invalid_request', `${url.host} answered ${status}.`, { param: 'url' })
    if (HTML.test(contentType)) return readable(pageText(bytes, contentType))
    if (contentType === '' || PLAIN.test(contentType))
      return { title: '', text: pageText(bytes, contentType) }
    const type = contentType.split(';')[0]?.slice(0, 100)
    throw new AppError('invalid_request', `The page is ${type}, which cannot be read here.`, { param: 'url' })
  }

  return {
    name: 'fetch_url',
    description: 'Reads a web page and answers with its text.',
    arguments: Arguments,
    effect: 'reads',
    brings: 'untrusted text',
    limitMs: FETCH_LIMIT_MS,
    offered: async () => undefined,
    async run({ url: address }, { signal }) {
      const request = {
        accept: 'text/html,application/xhtml+xml,text/plain;q=0.9,application/json;q=0.8,*/*;q=0.1',
        maxBytes: MAX_PAGE_BYTES,
        mayAsk: mayRead,
      }
      const page = await pages.get(address, request, signal)
      const { title, text } = await contentOf(page)
      if (text.trim() === '')
        throw new AppError('invalid_request', 'The page holds no text.', { param: 'url' })
      const url = page.url.href
      const rest = page.isCut
        ? `\n\n[The page is longer than ${MAX_PAGE_BYTES} bytes: the rest was not read]`
        : ''
      const head = [...(title === '' ? [] : [title]), url].join('\n')
      const quote = text.trim().slice(0, QUOTE_CHARACTERS).toWellFormed()
      return {
        text: `${head}\n\n${text}${rest}`,
        citations: [{ type: 'web', url, title: title || page.url.host, quote }],
        data: { url, title, is_cut: page.isCut },
      }
    },
  }
}
