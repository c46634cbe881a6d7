import { AppError } from '../../../shared/errors.ts'
import { createSealedTexts } from '../secrets/sealed-texts.ts'
import { MAX_HEADER_NAME_LENGTH, MAX_HEADER_VALUE_LENGTH, MAX_HEADERS, MAX_SESSION_BYTES } from './limits.ts'
import type { McpSession } from './mcp-client.ts'

/** A name of a header (RFC 9110 §5.6.2), and a value of visible signs. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HEADER_VALUE = /^[\x20-\x7e]+$/

/** Headers that the protocol, or the way to the server, has for itself. */
const OWN_HEADERS =
  /^(?:accept|accept-.*|connection|content-.*|date|expect|forwarded|host|keep-alive|last-event-id|mcp-.*|origin|referer|sec-.*|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent|via|cf-.*|x-forwarded-.*|x-real-ip)$/

/** The headers that a server is to be sent, by their names in small letters. Throws `invalid_request`. */
export function checkedHeaders(
  given: Readonly<Record<string, string>>,
  field = 'headers',
): Record<string, string> {
  const refuse = (name: string, message: string) =>
    new AppError('invalid_request', `Invalid '${field}.${name.slice(0, 64)}': ${message}.`, {
      param: `${field}.${name.slice(0, 64)}`,
    })
  const entries = Object.entries(given)
  if (entries.length > MAX_HEADERS)
    throw new AppError('invalid_request', `Invalid '${field}': expected at most ${MAX_HEADERS} headers.`, {
      param: field,
    })
  const checked = new Map<string, string>()
  for (const [spelled, value] of entries) {
    const name = spelled.toLowerCase()
    if (name.length > MAX_HEADER_NAME_LENGTH || !HEADER_NAME.test(name))
      throw refuse(spelled, 'it is no name of a header')
    if (OWN_HEADERS.test(name)) throw refuse(spelled, 'this header is not yours to set')
    if (checked.has(name)) throw refuse(spelled, 'it is given twice')
    if (value.length > MAX_HEADER_VALUE_LENGTH || !HEADER_VALUE.test(value))
      throw refuse(spelled, `expected 1 to ${MAX_HEADER_VALUE_LENGTH} visible ASCII characters`)
    checked.set(name, value)
  }
  return Object.fromEntries(checked)
}

export type ServerSecrets = ReturnType<typeof createServerSecrets>

/** The headers and sessions of MCP servers. Kept sealed, each for its server alone. */
export function createServerSecrets(secrets: readonly [string, ...string[]]) {
  const texts = createSealedTexts(secrets, { use: 'switchyard mcp server', kind: 'mcp', mark: 'mcp' })

  return {
    sealedBy: texts.sealedBy,

    /** Null where there are none. */
    sealHeaders: async (id: string, headers: Readonly<Record<string, string>>): Promise<string | null> =>
      Object.keys(headers).length === 0 ? null : texts.seal(id, JSON.stringify(headers)),

    /** Undefined where they can no longer be opened. */
    async openHeaders(id: string, sealed: string | null): Promise<Record<string, string> | undefined> {
      if (sealed === null) return {}
      const text = await texts.open(id, sealed)
      return text === undefined ? undefined : (JSON.parse(text) as Record<string, string>) // sealed above
    },

    /** Null for one that is too large to be kept. */
    async sealSession(id: string, session: McpSession | null): Promise<string | null> {
      const text = JSON.stringify(session)
      return session === null || text.length > MAX_SESSION_BYTES ? null : texts.seal(id, text)
    },

    async openSession(id: string, sealed: string | null): Promise<McpSession | null> {
      const text = sealed === null ? undefined : await texts.open(id, sealed)
      return text === undefined ? null : (JSON.parse(text) as McpSession) // sealed above
    },
  }
}
