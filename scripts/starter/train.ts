import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runScript } from '../plain-failure.ts'
import { measuredOf, USUAL } from './evaluate.ts'
import { exportModel } from './export.ts'
import { learn } from './lesson-run.ts'
import { SHAPE, writeUntrained } from './model.ts'
import { STARTER_PATH } from './paths.ts'
import { LESSONS, workFolder } from './recipe.ts'
import type { Vocabulary } from './tokenizer.ts'
import { worldVocabulary } from './vocabulary.ts'

/** Sums of two lanes differ in their last bits from those of one, so the recipe says how many. Each takes a core. */
const LANES = 2
const SEED = 1

async function vocabularyIn(folder: string): Promise<Vocabulary> {
  const path = join(folder, 'vocabulary.json')
  const known = await readFile(path, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known)
  const vocabulary = worldVocabulary(SHAPE.vocabulary)
  await writeFile(path, JSON.stringify(vocabulary))
  return vocabulary
}

async function main(): Promise<number> {
  const startedAt = performance.now()
  const tell = (line: string) => {
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1).padStart(6)
    process.stdout.write(`${minutes} min  ${line}\n`)
  }
  const work = workFolder()
  await mkdir(work, { recursive: true })
  tell('Words.')
  const vocabulary = await vocabularyIn(work)
  let model = join(work, 'untrained.gguf')
  if (!(await stat(model).catch(() => undefined))) await writeUntrained(model, SHAPE, vocabulary, SEED)
  for (const lesson of LESSONS) {
    tell(`Stage "${lesson.stage.name}": talks of up to ${lesson.stage.sequenceLength} tokens.`)
    const folder = join(work, lesson.stage.name)
    await mkdir(folder, { recursive: true })
    model = await learn({ lesson, folder, basePath: model, lanes: LANES, tell })
  }
  await exportModel({ from: model, to: join(work, 'starter.gguf'), shape: SHAPE, vocabulary })
  await copyFile(join(work, 'starter.gguf'), STARTER_PATH)
  tell('What it can do:')
  process.stdout.write(await measuredOf(STARTER_PATH, USUAL))
  tell('Done.')
  return 0
}

if (import.meta.main) await runScript(main)
