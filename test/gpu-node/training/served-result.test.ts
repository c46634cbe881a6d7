import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { TrainingRow } from '../../../shared/training-rows.ts'
import { RunningEngine } from '../engine/running-engine.ts'
import { TrainingWorld } from './training-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchyard-result-'))
let world: TrainingWorld | undefined
afterEach(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

const COLOURS = ['red', 'blue', 'green', 'grey', 'white', 'black', 'brown', 'pink', 'gold', 'silver']
const FACTS = ['apple', 'ship', 'house', 'stone', 'cloud', 'coat', 'horse', 'rose', 'ring', 'moon'].flatMap(
  (thing, index) => [
    [`Which colour has the ${thing}?`, `The ${thing} is ${COLOURS[index]}.`],
    [`Where is the ${thing}?`, `It is at door ${index}.`],
  ],
) as [string, string][]

const ROWS: TrainingRow[] = FACTS.map(([question, answer]) => ({
  kind: 'chat',
  tools: [],
  turns: [
    { message: { role: 'user', content: question }, isLearned: false },
    { message: { role: 'assistant', content: answer }, isLearned: true },
  ],
}))

it('20 rows, defaults alone: the adapter that comes out is served, and has learned them', {
  timeout: 180_000,
}, async () => {
  world = await TrainingWorld.start()
  await world.start({ wishes: { method: 'lora' } }, 1, ROWS)
  const { result } = await world.report('completed')
  const path = join(folder, 'result.gguf')
  writeFileSync(path, world.stored('result', result))
  const running = await RunningEngine.create({ adapters: [{ suffix: 'facts', path }] })
  const answers: string[] = []
  for (const [question] of FACTS) {
    const { text } = await running.chat(question, { model: 'starter:facts', maxTokens: 30 }).outcome
    answers.push(text)
  }
  await running.engine.close()
  expect(answers.filter((text, index) => text === FACTS[index]?.[1]).length).toBeGreaterThanOrEqual(18)
})
