import { cutOutput, type ErrandLine, type ErrandOrder } from './errand-pipe.ts'
import { refuseRights } from './rights.ts'

/** A process whose node is gone without a trace ends by itself, after longer than any errand takes. */
const LONGEST_MS = 60_000

const FAILED = 70

function say(line: ErrandLine): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`)
  for (let at = 0; at < bytes.length; ) at += Deno.stdout.writeSync(bytes.subarray(at))
}

const field = (data: unknown, name: string): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined

/** The word of the thread in which strangers' programs run. */
function hear(data: unknown): void {
  if (field(data, 'ready') === true) {
    say({ ready: true })
    return
  }
  const output = field(data, 'output')
  if (typeof output !== 'string') Deno.exit(FAILED)
  const notFound = field(data, 'notFound') === true ? { notFound: true as const } : {}
  say({ output: cutOutput(output), failed: field(data, 'failed') === true, ...notFound })
  Deno.exit(0)
}

/** The first line of the standard input; undefined where the other side is gone. */
async function readLine(reader: { read(): Promise<{ value?: Uint8Array | undefined }> }) {
  const decoder = new TextDecoder()
  for (let text = ''; ; ) {
    const { value } = await reader.read()
    if (value === undefined) return undefined
    text += decoder.decode(value, { stream: true })
    const end = text.indexOf('\n')
    if (end >= 0) return text.slice(0, end)
  }
}

/**
 * The life of a process for one errand. It makes its thread ready before it knows what for; the thread works, so that this
 * one always hears when the node is gone: then nobody else would end it.
 */
async function main(): Promise<void> {
  refuseRights()
  const worker = new Worker(new URL(`./${Deno.args[0]}.mjs`, import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }) => hear(data)
  worker.onerror = ({ message }) => {
    console.error(message)
    Deno.exit(FAILED)
  }
  const reader = Deno.stdin.readable.getReader()
  const line = await readLine(reader)
  if (line === undefined) Deno.exit(FAILED)
  setTimeout(() => Deno.exit(FAILED), LONGEST_MS)
  const order = JSON.parse(line) as ErrandOrder // the node that started this process wrote it
  worker.postMessage(order)
  while (!(await reader.read()).done);
  Deno.exit(FAILED)
}

await main()
