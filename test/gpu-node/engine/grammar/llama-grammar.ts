import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp'

let llama: Promise<Llama> | undefined

/** llama.cpp's own grammar engine, through node-llama-cpp. Throws when it does not take the grammar. */
export async function llamaGrammar(grammar: string): Promise<{ matches: (text: string) => boolean }> {
  llama ??= getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
  const compiled = await (await llama).createGrammar({ grammar })
  // Internal in the library's types, and the one way to its engine that needs no model.
  const tester = compiled as unknown as { _testText(text: string): boolean }
  return { matches: (text) => tester._testText(text) }
}
