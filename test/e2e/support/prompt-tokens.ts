import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { STARTER } from '../../gpu-node/engine/starter-file.ts'

/** The tokenizer's own count of a chat of one question, as the starter model's card describes how it is rendered. */
export async function promptTokensOf(question: string): Promise<number> {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  const model = await llama.loadModel({ modelPath: STARTER, vocabOnly: true })
  const rendered = `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`
  const { length } = model.tokenize(rendered, true)
  await llama.dispose()
  return length
}
