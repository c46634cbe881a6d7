import type { Context } from 'hono'

/** The four 16-bit groups of an IPv6 network of 64 bits. */
const NETWORK_GROUPS = 4
const ALL_GROUPS = 8

const isIpv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text)
/** Nothing that would end the host of a URL. */
const mayBeIpv6 = (text: string): boolean => /^[\da-f:.]+$/i.test(text)

const toGroups = (text: string): string[] => (text === '' ? [] : text.split(':'))

/** An IPv4 address inside an IPv6 one (RFC 4291 §2.5.5.2), from its last two groups. */
function toIpv4(groups: readonly string[]): string {
  const bytes = groups.slice(-2).flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 0xff]
  })
  return bytes.join('.')
}

/**
 * Whose requests are counted together, in one spelling for all spellings of an address. Of an IPv6 address only the first
 * 64 bits: the rest is chosen by the machine itself (RFC 4291 §2.5.1), as often as it likes (RFC 8981), and the least that
 * one customer gets is such a network (RFC 6177). What is no address is `unknown`.
 */
export function toIpSubject(address: string | undefined): string {
  const text = address?.trim() ?? ''
  if (!isIpv4(text) && !mayBeIpv6(text)) return 'ip:unknown'
  const host = isIpv4(text) ? text : `[${text}]`
  // The URL parser knows every spelling (URL Standard §3.5) and writes the shortest.
  if (!URL.canParse(`http://${host}`)) return 'ip:unknown'
  const { hostname } = new URL(`http://${host}`)
  if (isIpv4(hostname)) return `ip:${hostname}`
  const [left = '', right] = hostname.slice(1, -1).split('::')
  const [before, after] = [toGroups(left), toGroups(right ?? '')]
  const zeros = Array.from({ length: ALL_GROUPS - before.length - after.length }, () => '0')
  const groups = [...before, ...zeros, ...after]
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return `ip:${toIpv4(groups)}`
  return `ip:${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** The caller's address, from the one header that Cloudflare writes itself: all others a caller can invent. */
export const clientAddressOf = (c: Context): string | undefined => c.req.header('cf-connecting-ip')
