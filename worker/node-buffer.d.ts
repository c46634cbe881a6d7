/** The one function of `node:buffer` (nodejs_compat) that we use: Node's own types would clash with the Workers types. */
declare module 'node:buffer' {
  export const Buffer: { from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array }
}
