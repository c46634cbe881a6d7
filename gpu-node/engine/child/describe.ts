import { stat } from 'node:fs/promises'
import { type GgufFileInfo, GgufInsights, getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { causeOf } from '../../../shared/failure-cause.ts'
import { MIB } from '../../../shared/units.ts'
import { checkAdapter, readHeader } from '../../model-files/adapter-header.ts'
import { embeddingOf, ranksOf } from '../../model-files/pooling.ts'
import { precisionOf } from '../../model-files/precision.ts'
import { shapeOf } from '../../model-files/shape.ts'
import { type AdapterSpec, LoadMessage } from '../messages.ts'
import { DEFAULT_CONTEXT_TOKENS, DEFAULT_SLOTS } from '../native/model.ts'
import type { ModelDescription } from './model-description.ts'

// A short-lived process that reads the headers of one model and its adapters and says what they are and what they will take.
// A header that is made up can hang or end whoever reads it (measured), so the node itself never does.

/**
 * The memory that the process which serves a model takes beside it: Node.js and the library, measured with the starter
 * model.
 */
const PROCESS_MIB = 128

const toMiB = (bytes: number): number => Math.ceil(bytes / MIB)

async function describe({ model, gpu }: LoadMessage): Promise<ModelDescription> {
  const info = await readHeader(model.path)
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
  const cacheBytes = cache.cpuRam + cache.gpuVram
  const adapters: ModelDescription['adapters'] = []
  for (const adapter of model.adapters ?? []) {
    if (isEncoder) throw new Error('It only makes embeddings, and adapters are for models that generate.')
    adapters.push(await describeAdapter(adapter, info, cacheBytes))
  }
  return {
    holding: {
      id: model.id,
      capabilities: isEncoder ? ['embed'] : ['generate', 'embed'],
      contextTokens,
      slots,
      sizeBytes: insights.modelSize,
      architecture: String(metadata.general.architecture),
      createdAt: Math.trunc((await stat(model.path)).mtimeMs),
      precision: precisionOf(info),
      ...embeddingOf(info),
      ...ranksOf(info),
      shape: shapeOf(info),
    },
    needMiB: PROCESS_MIB + toMiB(weights.cpuRam + weights.gpuVram + cacheBytes),
    adapters,
  }
}

/** An adapter takes a context like its model's, and its own weights. */
async function describeAdapter(
  { suffix, path }: AdapterSpec,
  model: GgufFileInfo,
  cacheBytes: number,
): Promise<ModelDescription['adapters'][number]> {
  try {
    const { sizeBytes, modifiedAt } = await checkAdapter(path, model)
    return {
      holding: { suffix, createdAt: Math.trunc(modifiedAt) },
      needMiB: toMiB(cacheBytes + sizeBytes),
    }
  } catch (thrown) {
    const reason = causeOf(thrown)
    throw new Error(`Its adapter "${suffix}" cannot be used. ${reason}`, { cause: thrown })
  }
}

process.once('message', async (message) => {
  try {
    process.send?.({ description: await describe(LoadMessage.parse(message)) }, () => process.exit(0))
  } catch (thrown) {
    const reason = causeOf(thrown)
    process.send?.({ refused: reason }, () => process.exit(0))
  }
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal; the parent decides
if (!process.connected) process.exit(1)
