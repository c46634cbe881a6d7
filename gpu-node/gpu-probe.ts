import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { MIB } from '../shared/units.ts'

/**
 * Prints the GPUs of this machine, and which build of the library uses them, as JSON and exits. A process of its own, because a broken driver can take down
 * whoever asks. llama.cpp tells the memory of all devices together; equal shares of it are right for equal devices.
 */
const llama = await getLlama({
  gpu: 'auto',
  build: 'never',
  progressLogs: false,
  logLevel: LlamaLogLevel.disabled,
})
const names = llama.gpu ? await llama.getGpuDeviceNames() : []
const { total } = await llama.getVramState()
const vramMiB = names.length > 0 ? Math.floor(total / names.length / MIB) : 0
const gpus = names.map((name) => ({ name: name.slice(0, 200), vramMiB }))
process.stdout.write(JSON.stringify({ build: llama.gpu || 'cpu', gpus }))
process.exit(0)
