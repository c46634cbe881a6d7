import { base64url } from 'jose'

/** Bytes of an AES-GCM nonce (NIST SP 800-38D §8.2). */
const NONCE_BYTES = 12

const encoder = new TextEncoder()

/** A copy that no other thread can change meanwhile: by the types of browsers, WebCrypto takes nothing else. */
const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)

/** The context that a sealed text is bound to. */
export interface SealOptions {
  /** Without it the secret alone opens nothing: it is not kept beside the sealed text. */
  salt: string
  /** Where the sealed text belongs; moved to another row it does not open. */
  context: string
}

export type Sealer = ReturnType<typeof createSealer>

/**
 * Seals bytes that are kept in the database, so that whoever sees the database does not see them: AES-256-GCM under a key
 * from HKDF (RFC 5869) over the first secret. What an earlier secret has sealed still opens, what another use has sealed does
 * not.
 */
export function createSealer(secrets: readonly [string, ...string[]], use = 'switchyard sealed answer') {
  async function keyFrom(secret: string, salt: string): Promise<CryptoKey> {
    const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
      'deriveKey',
    ])
    // `info` keeps this use of the secret apart from all others, e.g. signing tokens.
    const info = encoder.encode(use)
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode(salt), info },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    )
  }

  return {
    async seal(bytes: Uint8Array, { salt, context }: SealOptions): Promise<string> {
      const key = await keyFrom(secrets[0], salt)
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const parameters = { name: 'AES-GCM', iv: nonce, additionalData: encoder.encode(context) }
      const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, ownBytes(bytes)))
      return `${base64url.encode(nonce)}.${base64url.encode(sealed)}`
    },

    /** The bytes, or undefined where none of the secrets opens the text. */
    async open(text: string, { salt, context }: SealOptions): Promise<Uint8Array | undefined> {
      const [nonce = '', sealed = ''] = text.split('.')
      for (const secret of secrets) {
        const key = await keyFrom(secret, salt)
        const parameters = {
          name: 'AES-GCM',
          iv: base64url.decode(nonce),
          additionalData: encoder.encode(context),
        }
        try {
          const kept = ownBytes(base64url.decode(sealed))
          return new Uint8Array(await crypto.subtle.decrypt(parameters, key, kept))
        } catch {
          // Sealed with another secret, or changed since: AES-GCM does not say which.
        }
      }
      return undefined
    },
  }
}
