import type { ResolveHost } from './resolver.ts'
import { hostOf, isAddress, isPublicAddress } from './targets.ts'

/** Why nothing may be sent to a checked target; undefined where it may. */
export type HostCheck = (url: URL, signal: AbortSignal) => Promise<string | undefined>

/** Looks up to which addresses a name leads, each time anew: a name that was public may lead elsewhere by now. */
export function createHostCheck({
  resolve,
  isDevelopment,
}: {
  resolve: ResolveHost
  isDevelopment: boolean
}): HostCheck {
  return async (url, signal) => {
    const host = hostOf(url)
    // An address was checked with the URL; a development machine's own names are those of that machine.
    if (isAddress(host) || (isDevelopment && /(?:^|\.)localhost$/.test(host))) return undefined
    const addresses = await resolve(host, signal).catch(() => undefined)
    if (addresses === undefined) return 'Its name could not be looked up.'
    if (addresses.length === 0) return 'Its name has no address.'
    return addresses.every(isPublicAddress) ? undefined : 'Its name leads to an address that is not public.'
  }
}
