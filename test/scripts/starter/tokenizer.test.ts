import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeUntrained } from '../../../scripts/starter/model.ts'
import { countPieces, learnVocabulary } from '../../../scripts/starter/tokenizer.ts'

const SHAPE = { layers: 1, width: 32, heads: 2, keyHeads: 1, feedForward: 32, vocabulary: 400 }
const TEXT =
  'The capital of France is Paris. What is 47 + 38? {"tool":"web_search","input":{"query":"solar panels"}}\n'

function learned(size = SHAPE.vocabulary) {
  const counts = new Map<string, number>()
  for (let times = 0; times < 50; times += 1) countPieces(counts, TEXT)
  return learnVocabulary(counts, size)
}

describe('a vocabulary', () => {
  it('holds each token once, special ones and all bytes first', () => {
    const { tokens, scores, types } = learned()
    expect(new Set(tokens).size).toBe(tokens.length)
    expect([scores.length, types.length]).toEqual([tokens.length, tokens.length])
    expect(tokens.slice(0, 4)).toEqual(['<unk>', '<|im_start|>', '<|im_end|>', '<0x00>'])
  })

  it('is as large as was asked for where there is so much to learn, and smaller where there is not', () => {
    expect(learned(340).tokens).toHaveLength(340)
    expect(learned(4_000).tokens.length).toBeLessThan(500)
  })

  it('puts together what stands together most often, and no two digits ever', () => {
    const { tokens } = learned()
    expect(tokens).toContain('▁is')
    expect(tokens.filter((token) => /\d\d/.test(token) && !token.startsWith('<0x'))).toEqual([])
  })

  it('has no token that reaches beyond the end of a line, so that an answer begins with one of its own', () => {
    const { tokens } = learned()
    expect(tokens.filter((token) => token.includes('\n'))).toEqual(['\n'])
  })

  it('does not depend on the order in which words were counted', () => {
    const words = ['alpha', 'beta', 'gamma', 'alphabet']
    const inOrder = (list: readonly string[]) => {
      const counts = new Map<string, number>()
      for (const word of list) countPieces(counts, word)
      return learnVocabulary(counts, 300).tokens
    }
    expect(inOrder(words)).toEqual(inOrder(words.toReversed()))
  })
})

describe('a model that has learned nothing', () => {
  let folder: string
  let model: LlamaModel

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'starter-'))
    await writeUntrained(join(folder, 'one.gguf'), SHAPE, learned(), 1)
    const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error })
    model = await llama.loadModel({ modelPath: join(folder, 'one.gguf') })
  })
  afterAll(async () => {
    await model.dispose()
    await rm(folder, { recursive: true })
  })

  it('is the same file for the same seed', async () => {
    await writeUntrained(join(folder, 'again.gguf'), SHAPE, learned(), 1)
    await writeUntrained(join(folder, 'other.gguf'), SHAPE, learned(), 2)
    const [one, again, other] = await Promise.all(
      ['one', 'again', 'other'].map((name) => readFile(join(folder, `${name}.gguf`))),
    )
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  it.each([TEXT, 'Zażółć gęślą jaźń', '日本語 🚂 \u0000 \t', '  two  blanks  ', ''])(
    'spells any text, and gives it back: %j',
    (text) => {
      const tokens = model.tokenize(text, false)
      expect(model.detokenize(tokens)).toBe(text)
    },
  )

  it('reads a number digit by digit', () => {
    expect(model.tokenize('4738', false)).toHaveLength(4)
  })
})
