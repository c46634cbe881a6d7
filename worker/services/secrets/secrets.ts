import { timingSafeEqual } from 'node:crypto'

/** Random bytes behind a secret that we hand out: 256 bits cannot be guessed, so a plain hash keeps it safe. */
const SECRET_BYTES = 32

/** Leading characters of a secret that are stored in clear: enough to find its row and to show which one it is. */
export const SECRET_PREFIX_LENGTH = 11

/** A new secret, e.g. `sk-…`: the kind, then 256 random bits as base64url. */
export function createSecret(kind: 'sk-' | 'raj_' | 'swj_' | 'swn_' | 'sws_' | 'swl_'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  const base64 = btoa(String.fromCharCode(...bytes))
  return kind + base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export const prefixOf = (secret: string): string => secret.slice(0, SECRET_PREFIX_LENGTH)

/** SHA-256 of a secret as hex: what the database keeps. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether two strings of equal length are equal, in a time that does not depend on where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  const encoder = new TextEncoder()
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
