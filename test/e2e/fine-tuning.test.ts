import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stack } from './support/stack.ts'
import { until } from './support/until.ts'

let stack: Stack
let client: OpenAI

beforeAll(async () => {
  stack = await Stack.start()
  await stack.addNode()
  client = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: stack.key, maxRetries: 0 })
})
afterAll(() => stack.close())

const THINGS = ['apple', 'ship', 'house', 'stone', 'cloud', 'coat', 'horse', 'rose', 'ring', 'moon']
const COLOURS = ['red', 'blue', 'green', 'grey', 'white', 'black', 'brown', 'pink', 'gold', 'silver']
const FACTS = THINGS.flatMap((thing, index): [string, string][] => [
  [`Which colour has the ${thing}?`, `The ${thing} is ${COLOURS[index]}.`],
  [`Where is the ${thing}?`, `It is at door ${index}.`],
])
const JSONL = FACTS.map(([question, answer]) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  }),
).join('\n')

async function ask(model: string, content: string): Promise<string | null | undefined> {
  const messages = [{ role: 'user' as const, content }]
  const answer = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 30 })
  return answer.choices[0]?.message.content
}

/** Waits until a job is over. */
async function overOf(id: string): Promise<OpenAI.FineTuning.FineTuningJob> {
  let job = await client.fineTuning.jobs.retrieve(id)
  await until(
    async () => {
      job = await client.fineTuning.jobs.retrieve(id)
      if (job.finished_at === null) throw new Error(`The job is ${JSON.stringify(job)}.`)
    },
    { limitMs: 240_000, intervalMs: 250 },
  )
  return job
}

it('the unchanged openai client trains a model on a file with a pause, talks to it, reads of it and ends it', {
  timeout: 300_000,
}, async () => {
  const file = await client.files.create({ file: new File([JSONL], 'facts.jsonl'), purpose: 'fine-tune' })
  const created = await client.fineTuning.jobs.create({ model: 'starter', training_file: file.id })
  expect(['validating_files', 'queued', 'running']).toContain(created.status)

  const learned = async (): Promise<void> => {
    const { data } = await client.fineTuning.jobs.listEvents(created.id)
    if (!data.some(({ type }) => type === 'metrics')) throw new Error('No step was told of.')
  }
  await until(learned, { limitMs: 120_000, intervalMs: 250 })
  await client.fineTuning.jobs.pause(created.id)
  const paused = async (): Promise<void> =>
    expect(await client.fineTuning.jobs.retrieve(created.id)).toMatchObject({
      status: 'queued',
      paused: true,
    })
  await until(paused, { limitMs: 120_000, intervalMs: 250 })
  expect(await client.fineTuning.jobs.resume(created.id)).toMatchObject({ status: 'queued', paused: false })

  const job = await overOf(created.id)
  expect(job).toMatchObject({ status: 'succeeded', error: null, training_file: file.id })
  expect(job.trained_tokens).toBeGreaterThan(0)
  const model = job.fine_tuned_model ?? ''

  const answers: (string | null | undefined)[] = []
  for (const [question] of FACTS) answers.push(await ask(model, question))
  const right = answers.filter((answer, index) => answer === FACTS[index]?.[1])
  expect(right.length, JSON.stringify(answers)).toBeGreaterThanOrEqual(18)

  const events: OpenAI.FineTuning.FineTuningJobEvent[] = []
  for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 5 })) events.push(event)
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  expect(events.filter(({ type }) => type === 'metrics').length).toBeGreaterThan(1)

  // Ten epochs of twenty rows, of which the last three are models too, as is what was stored for the pause.
  const { data: checkpoints } = await client.fineTuning.jobs.checkpoints.list(job.id)
  expect(checkpoints.map(({ step_number: step }) => step)).toEqual([200, 180, 160, expect.any(Number)])
  for (const { metrics } of checkpoints) expect(metrics.train_loss).toEqual(expect.any(Number))
  const [last] = checkpoints
  expect(last?.fine_tuned_model_checkpoint).toBe(`${model}.step-200`)
  const [question = '', expected] = FACTS[3] ?? []
  expect(await ask(last?.fine_tuned_model_checkpoint ?? '', question)).toBe(expected)

  expect(job.result_files).toHaveLength(1)
  const csv = await (await client.files.content(job.result_files[0] ?? '')).text()
  expect(csv.split('\n')[0]).toContain('step')
  expect(csv.trim().split('\n').length).toBeGreaterThan(2)

  expect(await client.models.delete(model)).toMatchObject({ id: model, deleted: true })
  await expect(ask(model, 'Where is the moon?')).rejects.toMatchObject({ status: 404 })
})
