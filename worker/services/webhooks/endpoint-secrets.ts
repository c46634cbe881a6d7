import type { webhookEndpoints } from '../../db/tables/webhooks.ts'
import { createSealedTexts } from '../secrets/sealed-texts.ts'

/** Random bytes of a secret; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32

/** How long the secret before signs beside the new one. */
export const OVERLAP_MS = 24 * 60 * 60 * 1_000

type Endpoint = typeof webhookEndpoints.$inferSelect

export type EndpointSecrets = ReturnType<typeof createEndpointSecrets>

/** The secrets that sign an endpoint's messages. Kept sealed, each for its endpoint alone. */
export function createEndpointSecrets(secrets: readonly [string, ...string[]]) {
  const { seal, open, sealedBy } = createSealedTexts(secrets, {
    use: 'switchyard webhook secret',
    kind: 'webhook',
    mark: 'webhooks',
  })

  return {
    seal,
    sealedBy,

    create(): string {
      const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
      return `whsec_${btoa(String.fromCharCode(...bytes))}`
    },

    /** Those that sign now, the newest first; undefined where it can no longer be opened. */
    async signing(endpoint: Endpoint, nowMs: number): Promise<string[] | undefined> {
      const { id, secret, previousSecret, previousUntil } = endpoint
      const current = await open(id, secret)
      if (current === undefined) return undefined
      const isOverlapping = previousSecret !== null && nowMs < (previousUntil ?? 0)
      const previous = isOverlapping ? await open(id, previousSecret) : undefined
      return previous === undefined ? [current] : [current, previous]
    },

    /** The columns sealed anew with the deployment's present secret; undefined where they can no longer be opened. */
    async resealed({ id, secret, previousSecret }: Endpoint) {
      const current = await open(id, secret)
      if (current === undefined) return undefined
      const previous = previousSecret === null ? undefined : await open(id, previousSecret)
      return {
        secret: await seal(id, current),
        previousSecret: previous === undefined ? null : await seal(id, previous),
        sealedBy: await sealedBy(),
      }
    },
  }
}
