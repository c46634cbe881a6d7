import ipaddr from 'ipaddr.js'
import { AppError } from '../../../shared/errors.ts'

/** The longest address of an endpoint, in characters. */
export const MAX_URL_LENGTH = 2_048

/** All of IPv6 that is given out for the public net (RFC 4291 §2.4); the ranges for other uses inside it are known by name. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Names that no public server has (RFC 6762, RFC 8375, RFC 9476). */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|alt|onion)$/

/** A name of two labels or more, none of them empty. */
const NAME = /^[^.]+(?:\.[^.]+)+$/

/** Whether anybody on the public net could have the address. IPv4 inside of IPv6 is none, however it is embedded. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  return !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_UNICAST)
}

/** The host of an address as it is looked up: without the brackets of IPv6 and the dot of the root. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

/** Whether a host is an address by itself. A URL has IPv4 in one spelling, however it was written. */
export const isAddress = (host: string): boolean => ipaddr.isValid(host)

/** Whether a host is the machine itself. */
export const isLoopback = (host: string): boolean =>
  /(?:^|\.)localhost$/.test(host) || (isAddress(host) && ipaddr.process(host).range() === 'loopback')

const refuse = (message: string) =>
  new AppError('invalid_request', `Invalid 'url': ${message}.`, { param: 'url' })

export interface TargetRules {
  isDevelopment: boolean
  /** Whether http will do: where nothing is sent that is not for everybody. */
  takesHttp?: boolean
}

/**
 * An address to which messages may go: https to a public host, and from a development machine also to that machine itself.
 * Throws `invalid_request`. Which addresses a name has is another question, asked each time that something goes there.
 */
export function checkedTarget(text: string, { isDevelopment, takesHttp = false }: TargetRules): URL {
  if (text.length > MAX_URL_LENGTH) throw refuse(`it is longer than ${MAX_URL_LENGTH} characters`)
  const begin = takesHttp ? 'https:// or http://' : 'https://'
  if (!URL.canParse(text)) throw refuse(`expected an address that begins with ${begin}`)
  const url = new URL(text)
  const host = hostOf(url)
  const isOwnMachine = isDevelopment && isLoopback(host)
  if (url.protocol !== 'https:' && !((isOwnMachine || takesHttp) && url.protocol === 'http:'))
    throw refuse(`expected an address that begins with ${begin}`)
  if (url.username !== '' || url.password !== '') throw refuse('it must hold no name and no password')
  if (isOwnMachine) return url
  if (isAddress(host) ? !isPublicAddress(host) : PRIVATE_NAME.test(host) || !NAME.test(host))
    throw refuse('its host is not on the public internet')
  return url
}
