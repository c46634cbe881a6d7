import { OVER, type SandboxOrder } from './pipe.ts'

/** A task that goes on for longer than its limit by this ends by itself, should the node be frozen. */
const GRACE_MS = 10_000

const FAILED = 70

/** Reads exactly so many bytes of the standard input at a time. */
class ExactReader {
  readonly #reader = Deno.stdin.readable.getReader()
  #rest: Uint8Array = new Uint8Array(0)

  async read(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(bytes)
    let at = 0
    while (at < bytes) {
      const piece = this.#rest.length > 0 ? this.#rest : (await this.#reader.read()).value
      if (piece === undefined) Deno.exit(FAILED) // the node is gone
      const taken = piece.subarray(0, bytes - at)
      whole.set(taken, at)
      at += taken.length
      this.#rest = piece.subarray(taken.length)
    }
    return whole
  }

  /** Resolves when the other side is gone. */
  async end(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }
}

/**
 * The life of a sandbox. The work is done in a thread of its own, so that this one always hears when the node is gone: then
 * nobody else would end it.
 */
async function main(): Promise<void> {
  const input = new ExactReader()
  const length = new DataView((await input.read(4)).buffer).getUint32(0, true)
  const text = new TextDecoder().decode((await input.read(length)).subarray(1))
  const order = JSON.parse(text) as SandboxOrder // the node that started this process wrote it
  setTimeout(() => Deno.exit(FAILED), order.limitMs + GRACE_MS)
  const inputs: Uint8Array<ArrayBuffer>[] = []
  for (const { bytes } of order.inputs) inputs.push(await input.read(bytes))
  const worker = new Worker(new URL('./work.mjs', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }) => {
    if (data === OVER) Deno.exit(0) // a library that finds itself in a worker says things of its own
  }
  worker.onerror = ({ message }) => {
    console.error(message)
    Deno.exit(FAILED)
  }
  const files = inputs.map(({ buffer }) => buffer)
  worker.postMessage({ order, files }, files)
  await input.end()
  Deno.exit(FAILED)
}

await main()
