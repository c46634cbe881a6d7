import { AppError } from '../../../shared/errors.ts'
import { isLocalOrigin } from '../../http/browser-safety.ts'

export interface OriginRules {
  isDevelopment: boolean
  /** Pages that may call besides those of the edge itself. */
  allowedOrigins: readonly string[]
}

/**
 * Refuses pages that have no business here (modelcontextprotocol.io, "Security Warning"): a name that was led to this machine is still
 * the page's own. What is no page sends no origin. Throws `forbidden`.
 */
export function checkOrigin(
  { url, headers }: Pick<Request, 'url' | 'headers'>,
  { isDevelopment, allowedOrigins }: OriginRules,
): void {
  const origin = headers.get('origin')
  if (origin === null || allowedOrigins.includes(origin)) return
  if (isDevelopment ? isLocalOrigin(origin) : origin === new URL(url).origin) return
  throw new AppError('forbidden', 'Pages of this origin may not call this server.')
}
