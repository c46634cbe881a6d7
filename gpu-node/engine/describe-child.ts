import { stat } from 'node:fs/promises'
import { GgufInsights, getLlama, LlamaLogLevel, readGgufFileInfo } from 'node-llama-cpp'
import { LoadMessage } from './messages.ts'
import type { ModelDescription } from './model-description.ts'
import { DEFAULT_CONTEXT_TOKENS, DEFAULT_SLOTS } from './native-model.ts'

// A short-lived process that reads the header of one model file and says what the model is and what it will take.
// A header that is made up can hang or end whoever reads it (measured), so the node itself never does.

const MIB = 1024 * 1024

/** What the process that serves a model takes beside it: Node.js and the library, measured with the starter model. */
const PROCESS_MIB = 128

async function describe({ model, gpu }: LoadMessage): Promise<ModelDescription> {
  const info = await readGgufFileInfo(model.path, { sourceType: 'filesystem', logWarnings: false })
  const { metadata, architectureMetadata } = info
  const isEncoder = architectureMetadata.attention?.causal === false
  const slots = model.slots ?? DEFAULT_SLOTS
  const contextTokens = Math.min(
    model.contextTokens ?? DEFAULT_CONTEXT_TOKENS,
    architectureMetadata.context_length ?? DEFAULT_CONTEXT_TOKENS,
  )
  const llama = await getLlama({ gpu, build: 'never', progressLogs: false, logLevel: LlamaLogLevel.disabled })
  const insights = await GgufInsights.from(info, llama)
  const gpuLayers = llama.gpu === false ? 0 : insights.totalLayers
  const context = { contextSize: contextTokens, modelGpuLayers: gpuLayers, sequences: isEncoder ? 1 : slots }
  const weights = insights.estimateModelResourceRequirements({ gpuLayers, useMmap: false })
  const cache = insights.estimateContextResourceRequirements(context)
  return {
    holding: {
      id: model.id,
      capabilities: isEncoder ? ['embed'] : ['generate', 'embed'],
      contextTokens,
      slots,
      sizeBytes: insights.modelSize,
      architecture: String(metadata.general.architecture),
      createdAt: Math.trunc((await stat(model.path)).mtimeMs),
    },
    needMiB: PROCESS_MIB + Math.ceil((weights.cpuRam + weights.gpuVram + cache.cpuRam + cache.gpuVram) / MIB),
  }
}

process.once('message', async (message) => {
  try {
    process.send?.({ description: await describe(LoadMessage.parse(message)) }, () => process.exit(0))
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    process.send?.({ refused: reason }, () => process.exit(0))
  }
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal; the parent decides
if (!process.connected) process.exit(1)
