import type { webhookEndpoints } from '../../db/tables/webhooks.ts'
import { createSealer } from '../secrets/sealing.ts'
import { hashSecret } from '../secrets/secrets.ts'

/** Random bytes of a secret; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32

/** How long the secret before signs beside the new one. */
export const OVERLAP_MS = 24 * 60 * 60 * 1_000

type Endpoint = typeof webhookEndpoints.$inferSelect

export type EndpointSecrets = ReturnType<typeof createEndpointSecrets>

/** The secrets that sign an endpoint's messages. Kept sealed, each for its endpoint alone. */
export function createEndpointSecrets(secrets: readonly [string, ...string[]]) {
  const sealer = createSealer(secrets, 'switchyard webhook secret')
  const placeOf = (endpointId: string) => ({ salt: endpointId, context: `webhook:${endpointId}` })

  const seal = (endpointId: string, secret: string) =>
    sealer.seal(new TextEncoder().encode(secret), placeOf(endpointId))

  async function open(endpointId: string, sealed: string): Promise<string | undefined> {
    const bytes = await sealer.open(sealed, placeOf(endpointId))
    return bytes && new TextDecoder().decode(bytes)
  }

  /** Which of the deployment's secrets seals now: a hash of it, too short to be of use to whoever looks for the secret. */
  const sealedBy = async (): Promise<string> => (await hashSecret(`webhooks ${secrets[0]}`)).slice(0, 8)

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
