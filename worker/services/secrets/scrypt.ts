import { scrypt } from 'node:crypto'

/** Bytes of a derived key. */
export const KEY_BYTES = 32

/** RFC 7914 §2. */
export interface ScryptParameters {
  cost: number
  blockSize: number
  parallelism: number
}

/** The key of a password; the same however its accents were typed. Costs as much time as the parameters say. */
export function deriveKey(
  password: string,
  salt: Uint8Array,
  { cost, blockSize, parallelism }: ScryptParameters,
): Promise<Uint8Array> {
  // scrypt needs 128·N·r bytes; the runtime refuses anything near its default limit of 32 MiB.
  const maxmem = 256 * cost * blockSize
  const options = { N: cost, r: blockSize, p: parallelism, maxmem }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
