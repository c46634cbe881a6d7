/** The functions of `node:crypto` (nodejs_compat) that we use: Node's own types would clash with the Workers types. */
declare module 'node:crypto' {
  export interface ScryptOptions {
    N: number
    r: number
    p: number
    maxmem: number
  }
  export function scrypt(
    password: string,
    salt: Uint8Array,
    keyLength: number,
    options: ScryptOptions,
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void
  export interface Hash {
    update(data: string | Uint8Array): Hash
    digest(encoding: 'hex'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
  export function createHmac(
    algorithm: 'sha256',
    key: string,
  ): {
    update(data: string): { digest(encoding: 'hex'): string }
  }
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
}
