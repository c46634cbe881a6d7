/** The part of `node:buffer` that is used here (nodejs_compat): Node's own types would clash with the Workers types. */
declare module 'node:buffer' {
  export const Buffer: { from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array }
  export function isAscii(bytes: Uint8Array): boolean
  export function isUtf8(bytes: Uint8Array): boolean
}
