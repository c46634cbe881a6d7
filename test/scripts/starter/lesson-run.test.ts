import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { STAGES } from '../../../scripts/starter/corpus.ts'
import { exportModel } from '../../../scripts/starter/export.ts'
import { latestState, learn, multipliesRounded } from '../../../scripts/starter/lesson-run.ts'
import { writeUntrained } from '../../../scripts/starter/model.ts'
import { LESSONS, type Lesson, recipeDigits } from '../../../scripts/starter/recipe.ts'
import { countPieces, learnVocabulary, type Vocabulary } from '../../../scripts/starter/tokenizer.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

const SHAPE = { layers: 1, width: 32, heads: 2, keyHeads: 1, feedForward: 64, vocabulary: 300 }
const [FIRST] = LESSONS
const [STAGE] = STAGES
const LONG_TALKS = STAGES.at(-1)?.kinds ?? []

let folder: string
let basePath: string
let vocabulary: Vocabulary

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starter-lesson-'))
  const counts = new Map<string, number>()
  countPieces(counts, 'assistant user system What is the capital of')
  vocabulary = learnVocabulary(counts, SHAPE.vocabulary)
  basePath = join(folder, 'untrained.gguf')
  await writeUntrained(basePath, SHAPE, vocabulary, 1)
})
afterAll(() => rm(folder, { recursive: true }))

function lessonOf(talks: number): Lesson {
  if (!FIRST || !STAGE) throw new Error('There is a first lesson.')
  return {
    ...FIRST,
    stage: { ...STAGE, sequenceLength: 512, talks },
    wishes: { ...FIRST.wishes, sequenceLength: 512, batchSize: 4, saveSteps: 2, warmupSteps: 1 },
  }
}

async function learned(name: string, lesson: Lesson): Promise<{ path: string; told: string[] }> {
  const told: string[] = []
  const own = join(folder, name)
  await mkdir(own, { recursive: true })
  const path = await learn({ lesson, folder: own, basePath, lanes: 1, tell: (line) => told.push(line) })
  return { path, told }
}

const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

describe('a lesson', () => {
  it('ends in the same model twice, and is not learned again where it was', async () => {
    const one = await learned('one', lessonOf(24))
    const two = await learned('two', lessonOf(24))
    expect(await hashOf(two.path)).toBe(await hashOf(one.path))
    expect(await hashOf(one.path)).not.toBe(await hashOf(basePath))
    expect((await learned('one', lessonOf(24))).told).toEqual([])
  })

  it('is written in 16 bits with the same words', async () => {
    const { path } = await learned('one', lessonOf(24))
    const small = join(folder, 'small.gguf')
    await exportModel({ from: path, to: small, shape: SHAPE, vocabulary })
    const info = await readGgufFileInfo(small, { sourceType: 'filesystem' })
    expect(info.metadata.tokenizer.ggml.tokens).toEqual(vocabulary.tokens)
    const types = new Set(
      (info.fullTensorInfo ?? []).map(({ dimensions, ggmlType }) => `${dimensions.length}: ${ggmlType}`),
    )
    expect(types).toEqual(new Set(['1: 0', '2: 1']))
  })

  it('says in the trainer’s own words what stands in its way', async () => {
    const lesson = lessonOf(2)
    const wishes = { ...lesson.wishes, sequenceLength: 32 }
    // No talk is so short that it fits.
    const stage = { ...lesson.stage, kinds: LONG_TALKS }
    await expect(learned('broken', { ...lesson, stage, wishes })).rejects.toThrow(
      'No row has anything to learn',
    )
  })
})

it('a state that was cut off while it was written takes no other one’s place', async () => {
  const out = join(folder, 'cut-off')
  await mkdir(out)
  for (const name of ['state-2.checkpoint', 'state-4.checkpoint', 'state-6.checkpoint.unfinished'])
    await writeFile(join(out, name), '')
  expect(await latestState(out)).toBe(join(out, 'state-4.checkpoint'))
  expect((await readdir(out)).toSorted()).toEqual(['state-4.checkpoint', 'state-6.checkpoint.unfinished'])
})

it('what was learned by another recipe lies elsewhere', () => {
  const [first, ...others] = LESSONS
  if (!first) throw new Error('There is a first lesson.')
  const changed: Lesson[] = [
    { ...first, seed: first.seed + 1 },
    { ...first, wishes: { ...first.wishes, learningRate: 1e-4 } },
    { ...first, stage: { ...first.stage, talks: first.stage.talks + 1 } },
    { ...first, stage: { ...first.stage, kinds: LONG_TALKS } },
  ]
  const all = [LESSONS, ...changed.map((lesson) => [lesson, ...others])].map(recipeDigits)
  expect(new Set(all).size).toBe(all.length)
  expect(recipeDigits(LESSONS)).toBe(all[0])
})

describe('factors of products', () => {
  it.each([
    ['avx avx2 fma f16c', false],
    ['avx512f avx512_bf16 avx512_vnni', true],
    ['avx512f avx512vl avx512_vnni', false],
    ['', false],
  ])('are rounded only where the processor multiplies them so: %s', (flags, expected) => {
    expect(multipliesRounded(`flags\t\t: ${flags}`)).toBe(expected)
  })
})
