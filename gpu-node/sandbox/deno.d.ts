/** As much of Deno and of its web platform as the sandbox uses. */
declare const Deno: {
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> }
  readonly stdout: { writeSync(bytes: Uint8Array): number }
  readonly args: readonly string[]
  readonly permissions: {
    querySync(right: { name: string }): { readonly state: 'granted' | 'prompt' | 'denied' }
  }
  exit(code: number): never
  readFileSync(path: URL): Uint8Array<ArrayBuffer>
}

declare class Worker {
  constructor(url: URL, options: { type: 'module'; name?: string })
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
}

/** The thread of a worker. */
declare const self: {
  readonly name: string
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'unhandledrejection', listener: (event: { preventDefault(): void }) => void): void
  postMessage(message: unknown): void
}
