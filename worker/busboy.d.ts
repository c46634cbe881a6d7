/**
 * The part of `@fastify/busboy` that is used here: the package's own types bring Node's, which clash with the Workers types.
 */
export interface FileStream extends AsyncIterable<Uint8Array> {
  on(event: 'error', listener: (error: Error) => void): this
  resume(): this
  destroy(error?: Error): this
}
export interface Limits {
  fileSize?: number
  files?: number
  fields?: number
  fieldSize?: number
  parts?: number
  headerPairs?: number
}
export class Busboy {
  constructor(config: { headers: { 'content-type': string }; limits?: Limits })
  on(event: 'finish' | 'partsLimit' | 'filesLimit', listener: () => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(
    event: 'file',
    listener: (field: string, file: FileStream, fileName: string, encoding: string, type: string) => void,
  ): this
  on(event: 'field', listener: (field: string, value: string) => void): this
  /** `taken` is called when the bytes have found their readers. */
  write(bytes: Uint8Array, taken: (error?: Error | null) => void): boolean
  end(): this
  destroy(error?: Error): this
}
