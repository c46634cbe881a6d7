import { AppError, toAppError } from '../../../../shared/errors.ts'
import { HOUR_MS } from '../../../../shared/units.ts'
import { lazily } from '../../lazily.ts'
import { Recent } from '../../recent.ts'
import { USER_AGENT_NAME, type WebPages } from './web-page.ts'

/** Bytes of a robots.txt that are read (RFC 9309 §2.5). */
export const MAX_ROBOTS_BYTES = 500 * 1024

/** How long the rules of a site are remembered, and of how many sites. */
const KNOWN_FOR_MS = HOUR_MS
const MAX_KNOWN_SITES = 200

/** Where it is not needed it takes no time of the start. */
const parser = lazily(() => import('robots-parser'))

/** The rules of a site: its robots.txt, or what its lack means. */
type Rules = { text: string } | 'everything' | 'nothing'

/**
 * The wishes of sites about programs that read them (RFC 9309): a site without a robots.txt lets all read, one that cannot say
 * lets nobody.
 */
export function createRobots(pages: Pick<WebPages, 'get'>, now: () => number = Date.now) {
  const known = new Recent<Rules>(KNOWN_FOR_MS, MAX_KNOWN_SITES, now)

  async function read(origin: string, signal: AbortSignal): Promise<Rules> {
    try {
      const request = { accept: 'text/plain', maxBytes: MAX_ROBOTS_BYTES }
      const { status, bytes } = await pages.get(`${origin}/robots.txt`, request, signal)
      if (status >= 400 && status < 500) return 'everything'
      return status >= 200 && status < 300 ? { text: new TextDecoder().decode(bytes) } : 'nothing'
    } catch (thrown) {
      if (signal.aborted || toAppError(thrown).code === 'internal') throw thrown
      return 'nothing'
    }
  }

  /** Throws `forbidden` where a site does not wish the address to be read. */
  return async (url: URL, signal: AbortSignal): Promise<void> => {
    const rules = await known.get(url.origin, () => read(url.origin, signal))
    if (rules === 'everything') return
    if (rules === 'nothing')
      throw new AppError('forbidden', `${url.host} does not say what programs may read there (robots.txt).`)
    const { default: robotsParser } = await parser()
    const isAllowed = robotsParser(`${url.origin}/robots.txt`, rules.text).isAllowed(
      url.href,
      USER_AGENT_NAME,
    )
    if (isAllowed === false)
      throw new AppError('forbidden', `${url.host} asks programs not to read ${url.pathname} (robots.txt).`)
  }
}
