import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readGgufFileInfo } from 'node-llama-cpp'
import { z } from 'zod'
import type { MetadataValue } from '../../../../gpu-node/model-files/gguf-writer.ts'
import { ROOT } from '../../../../scripts/root.ts'
import { MIB } from '../../../../shared/units.ts'

/** llama.cpp's source, as the package of node-llama-cpp carries it: a bundle of git. */
const BUNDLE = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle')

const run = promisify(execFile)

const id = z.number().optional()
const Tokenizer = z.object({
  model: z.string(),
  pre: z.string().optional(),
  tokens: z.array(z.string()),
  scores: z.array(z.number()).optional(),
  token_type: z.array(z.number()),
  merges: z.array(z.string()).optional(),
  bos_token_id: id,
  eos_token_id: id,
  unknown_token_id: id,
})

/** The keys of a real model's vocabulary, and how many tokens it has. */
export interface RealVocabulary {
  size: number
  metadata: Record<string, MetadataValue>
}

/** Vocabularies of llama.cpp's own tests, by their names there. */
export async function realVocabularies(names: readonly string[]): Promise<Map<string, RealVocabulary>> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-vocabularies-'))
  try {
    const source = join(folder, 'source')
    await run('git', ['clone', '--quiet', '--bare', BUNDLE, source])
    const found = new Map<string, RealVocabulary>()
    for (const name of new Set(names)) {
      const show = ['-C', source, 'show', `HEAD:models/ggml-vocab-${name}.gguf`]
      const { stdout } = await run('git', show, { encoding: 'buffer', maxBuffer: 64 * MIB })
      const path = join(folder, `${name}.gguf`)
      await writeFile(path, stdout)
      found.set(name, await readVocabulary(path))
    }
    return found
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function readVocabulary(path: string): Promise<RealVocabulary> {
  const { metadata } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const { model, pre, tokens, scores, token_type, merges, ...ids } = Tokenizer.parse(metadata.tokenizer.ggml)
  const own: Record<string, MetadataValue | undefined> = {
    model: { type: 'string', value: model },
    pre: pre === undefined ? undefined : { type: 'string', value: pre },
    tokens: { type: 'strings', value: tokens },
    scores: { type: 'float32s', value: scores ?? tokens.map(() => 0) },
    token_type: { type: 'int32s', value: token_type },
    merges: merges && { type: 'strings', value: merges },
  }
  for (const [name, value] of Object.entries(ids))
    if (value !== undefined) own[name] = { type: 'uint32', value }
  const entries = Object.entries(own).flatMap(([name, value]): [string, MetadataValue][] =>
    value === undefined ? [] : [[`tokenizer.ggml.${name}`, value]],
  )
  return { size: tokens.length, metadata: Object.fromEntries(entries) }
}
