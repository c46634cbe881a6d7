import type { Llama, LlamaContextSequence, Token } from 'node-llama-cpp'
import { writeAdapter } from '../../../../gpu-node/trainer/training/adapter-file.ts'
import type { Trainer } from '../../../../gpu-node/trainer/training/trainer.ts'
import type { Sample } from '../../../../gpu-node/trainer/training/window.ts'
import { ggml, scratchFile } from '../training-world.ts'

/** Logarithms of the probabilities that llama.cpp gives the tokens of a sample. */
async function enginesLogs(sequence: LlamaContextSequence, { tokens }: Sample): Promise<number[]> {
  const items = tokens.map((token) => [token as Token, { generateNext: { probabilities: true } }] as const)
  const results = await sequence.controlledEvaluate(
    items.map(([token, options]) => [token, options] as [Token, typeof options]),
  )
  return tokens.slice(1).map((token, index) => {
    const probability = results[index]?.next.probabilities?.get(token as Token)
    return Math.log(probability ?? Number.NaN)
  })
}

/** Those of a model's file, with an adapter where one is named. */
export async function ofEngine(
  llama: Llama,
  modelPath: string,
  one: Sample,
  adapter?: string,
): Promise<number[]> {
  const model = await llama.loadModel({ modelPath })
  const context = await model.createContext({
    contextSize: 128,
    sequences: 1,
    threads: 1,
    flashAttention: false,
    ...(adapter !== undefined && { lora: { adapters: [{ filePath: adapter }] } }),
  })
  const logs = await enginesLogs(context.getSequence(), one)
  await context.dispose()
  await model.dispose()
  return logs
}

/** The file of what a trainer has of an adapter. */
export async function adapterOf({ parameters, places, alpha }: Trainer): Promise<string> {
  const path = scratchFile()
  const own = { architecture: places.shape.name, name: 'test', alpha, parameters: parameters.all }
  await writeAdapter(ggml, path, own)
  return path
}

export const total = (logs: readonly number[]): number => logs.reduce((sum, log) => sum + log, 0)

/** Relative. */
export const differenceOf = (own: number, engines: number): number =>
  Math.abs(own - engines) / Math.abs(engines)
