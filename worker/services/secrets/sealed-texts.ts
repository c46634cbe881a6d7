import { createSealer } from './sealing.ts'
import { hashSecret } from './secrets.ts'

/** The use of sealed texts: what one use has sealed opens for no other. */
export interface SealedUse {
  /** For the derived key. */
  use: string
  /** The kind of rows that they belong to. */
  kind: string
  /** Begins what `sealedBy` hashes. */
  mark: string
}

export type SealedTexts = ReturnType<typeof createSealedTexts>

/** Texts that are kept sealed, each for its own row alone. */
export function createSealedTexts(secrets: readonly [string, ...string[]], { use, kind, mark }: SealedUse) {
  const sealer = createSealer(secrets, use)
  const placeOf = (id: string) => ({ salt: id, context: `${kind}:${id}` })

  return {
    seal: (id: string, text: string): Promise<string> =>
      sealer.seal(new TextEncoder().encode(text), placeOf(id)),

    /** Undefined where none of the deployment's secrets opens it. */
    async open(id: string, sealed: string): Promise<string | undefined> {
      const bytes = await sealer.open(sealed, placeOf(id))
      return bytes && new TextDecoder().decode(bytes)
    },

    /** Which of the deployment's secrets seals now: a hash of it, too short to be of use to whoever looks for the secret. */
    sealedBy: async (): Promise<string> => (await hashSecret(`${mark} ${secrets[0]}`)).slice(0, 8),
  }
}
