import { AppError } from '../../../../shared/errors.ts'
import type { HostCheck } from '../../webhooks/host-check.ts'
import { checkedTarget, hostOf, isLoopback } from '../../webhooks/targets.ts'
import { type BoundedBody, boundedBody } from './bounded-body.ts'

/** The name under which robots.txt speaks of us, and how we say who asks. */
export const USER_AGENT_NAME = 'Switchyard'
export const USER_AGENT = `${USER_AGENT_NAME}/1`

/** Redirects that are followed on the way to a page. */
export const MAX_REDIRECTS = 5

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** A page as its server gave it. */
export interface WebPage extends BoundedBody {
  /** Where it was found in the end. */
  url: URL
  status: number
  contentType: string
}

export interface WebPageRequest {
  accept: string
  maxBytes: number
  /** Asked of each address before anything is sent there. Throws where nothing may be. */
  mayAsk?: (url: URL, signal: AbortSignal) => Promise<void>
}

export type WebPages = ReturnType<typeof createWebPages>

const refuse = (message: string) => new AppError('invalid_request', message, { param: 'url' })

export interface WebPagesOptions {
  /** Why nothing may be sent to a host: its name leads to an address that is not public. */
  refusalOf: HostCheck
  isDevelopment: boolean
  fetcher?: typeof fetch
}

/**
 * Pages of the public net. Each address on the way to one is checked by the rules of webhooks, the last one too: a redirect leads
 * nowhere that could not have been asked for.
 */
export function createWebPages({
  refusalOf,
  isDevelopment,
  fetcher = (...asked) => fetch(...asked),
}: WebPagesOptions) {
  /** A development machine may ask itself, but nobody else may send it there. */
  async function checked(text: string, isOwn: boolean, signal: AbortSignal): Promise<URL> {
    const url = checkedTarget(text, { isDevelopment: isOwn, takesHttp: true })
    const refusal = isOwn && isLoopback(hostOf(url)) ? undefined : await refusalOf(url, signal)
    if (refusal !== undefined) throw refuse(`${url.host} cannot be asked. ${refusal}`)
    return url
  }

  async function ask(url: URL, accept: string, signal: AbortSignal): Promise<Response> {
    try {
      const headers = { accept, 'user-agent': USER_AGENT }
      return await fetcher(url.href, { headers, redirect: 'manual', signal })
    } catch (thrown) {
      if (signal.aborted) throw thrown
      throw refuse(`${url.host} could not be reached.`)
    }
  }

  async function bodyOf(response: Response, url: URL, maxBytes: number, signal: AbortSignal) {
    try {
      return await boundedBody(response, maxBytes)
    } catch (thrown) {
      if (signal.aborted) throw thrown
      throw refuse(`${url.host} did not send all of the page.`)
    }
  }

  return {
    /** Whatever its status is. Throws `invalid_request` with what hinders it. */
    async get(
      address: string,
      { accept, maxBytes, mayAsk }: WebPageRequest,
      signal: AbortSignal,
    ): Promise<WebPage> {
      const isOwn = isDevelopment && URL.canParse(address) && isLoopback(hostOf(new URL(address)))
      let next = address
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
        const url = await checked(next, isOwn, signal)
        await mayAsk?.(url, signal)
        const response = await ask(url, accept, signal)
        const { status, headers } = response
        const location = headers.get('location')
        if (!REDIRECTS.has(status) || location === null) {
          const body = await bodyOf(response, url, maxBytes, signal)
          return { ...body, url, status, contentType: headers.get('content-type') ?? '' }
        }
        await response.body?.cancel().catch(() => {})
        if (!URL.canParse(location, url.href)) throw refuse(`${url.host} redirects to no address.`)
        next = new URL(location, url.href).href
      }
      throw refuse(`The page redirects more than ${MAX_REDIRECTS} times.`)
    },
  }
}
