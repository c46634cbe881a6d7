import { rmSync } from 'node:fs'
import { causeOf } from '../../../shared/failure-cause.ts'
import { MIB } from '../../../shared/units.ts'
import { SavedPrefixes } from '../decode/saved-prefixes.ts'
import { type FromChild, LoadMessage, type ToChild } from '../messages.ts'
import { loadNativeModel, type NativeModel } from '../native/model.ts'
import { AdapterContexts } from './adapter-contexts.ts'
import { ModelCalls } from './model-calls.ts'

// The process that runs one model. Native code may abort here without taking the node with it. It knows its parent
// only through IPC: without one, or when the parent is gone, it has nothing to do and exits.

/** How often memory is reported; the parent takes long silence for a frozen process. */
const MEMORY_REPORT_MS = 1_000

interface Serving {
  calls: ModelCalls
  adapters: AdapterContexts
  model: NativeModel
}

let serving: Serving | undefined

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message)
}
const note = (name: string, text: string): void => send({ type: 'note', note: name, text })

async function load(message: unknown): Promise<void> {
  try {
    const options = LoadMessage.parse(message)
    const { scratchDir } = options
    // The parent does this too, unless it is gone; only it can when native code takes this process down.
    if (scratchDir) process.on('exit', () => rmSync(scratchDir, { recursive: true, force: true }))
    const model = await loadNativeModel(options, (text) => note('llama', text))
    const saved = scratchDir === undefined ? undefined : new SavedPrefixes(scratchDir)
    const calls = new ModelCalls({
      model,
      saved,
      emit: (event) => send({ type: 'event', event }),
      onPrepare: (callId) => send({ type: 'preparing', callId }),
      onNote: note,
    })
    const report = () => reportMemory(model)
    const adapters = new AdapterContexts({ load: options, model, calls, send, reportMemory: report })
    serving = { model, calls, adapters }
    send({ type: 'ready', holding: model.holding })
    setInterval(() => void reportMemory(model), MEMORY_REPORT_MS)
  } catch (thrown) {
    send({ type: 'refused', reason: causeOf(thrown) })
    await stop()
  }
}

async function reportMemory(model: NativeModel): Promise<void> {
  const vram = await model.vram()
  const rssMiB = Math.round(process.memoryUsage.rss() / MIB)
  send({
    type: 'memory',
    memory: { rssMiB, vramUsedMiB: vram?.used ?? null, vramTotalMiB: vram?.total ?? null },
  })
}

async function stop(): Promise<void> {
  await serving?.calls.close()
  await serving?.adapters.settle()
  await serving?.model.dispose()
  if (!process.connected) process.exit(0)
  // Messages keep their order: when the last one is written, all are.
  process.send?.({ type: 'stopped' } satisfies FromChild, () => process.exit(0))
}

function handle(message: ToChild): void {
  switch (message.type) {
    case 'load':
      void load(message)
      break
    case 'command':
      serving?.calls.handle(message.command)
      break
    case 'adapter.open':
      serving?.adapters.open(message)
      break
    case 'adapter.close':
      serving?.adapters.close(message.suffix)
      break
    case 'stop':
      void stop()
      break
    default:
      message satisfies never
  }
}

process.on('message', (message) => handle(message as ToChild)) // only our parent writes to this channel
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal; the parent decides when we stop
if (!process.connected) process.exit(1)
