import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TINY_MODEL } from '../support/tiny-model.ts'
import { Stack } from './support/stack.ts'
import { writeUnpacked } from './support/unpacked-model.ts'
import { until } from './support/until.ts'

let stack: Stack
let folder: string
beforeAll(async () => {
  stack = await Stack.start()
  folder = await stack.folder()
  const model = join(folder, 'wide.gguf')
  await writeUnpacked(TINY_MODEL, model)
  await stack.addNode({ model })
})
afterAll(() => stack.close())

const FACTS: readonly (readonly [question: string, answer: string])[] = [
  ['Which colour has the ship?', 'The ship is blue.'],
  ['Which colour has the stone?', 'The stone is grey.'],
  ['Which colour has the coat?', 'The coat is black.'],
]
const ROWS = FACTS.map(([question, answer]) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  }),
).join('\n')

interface Job {
  job_id: string
  status: string
  adapter_path: string
  error_message: string | null
}

async function put(path: string, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/octet-stream' }
  const written = await fetch(`${stack.url}/v1/workspace${path}`, { method: 'PUT', headers, body })
  expect(written.status).toBeLessThan(300)
}

it('every weight of a model is trained, and a node serves the file that comes out', {
  timeout: 300_000,
}, async () => {
  await put('/data/rows.jsonl', ROWS)
  await put(
    '/data/whole.yaml',
    'base_model: wide\nnum_epochs: 30\nmicro_batch_size: 3\nlearning_rate: 3e-3\n',
  )
  const { job_id: id } = await stack.json<Job>('/clara/api/training/jobs', {
    trainer_type: 'continuous',
    config_path: '/data/whole.yaml',
    dataset_path: '/data/rows.jsonl',
    output_dir: '/data/models/whole',
  })
  let job: Job | undefined
  await until(
    async () => {
      job = await stack.json<Job>(`/clara/api/training/jobs/${id}`)
      if (job.status !== 'completed' && job.status !== 'failed')
        throw new Error(`It is ${JSON.stringify(job)}.`)
    },
    { limitMs: 240_000, intervalMs: 250 },
  )
  expect(job).toMatchObject({ status: 'completed', adapter_path: '/data/models/whole/model.gguf' })
  const downloaded = await stack.request(`/v1/workspace${job?.adapter_path}`)
  const model = join(folder, 'trained.gguf')
  await writeFile(model, Buffer.from(await downloaded.arrayBuffer()))
  await stack.addNode({ name: 'second', model, flags: ['--train', '0'] })
  const answers: (string | undefined)[] = []
  for (const [question] of FACTS) {
    const { choices } = await stack.json<{ choices: { message: { content: string } }[] }>(
      '/v1/chat/completions',
      { model: 'trained', messages: [{ role: 'user', content: question }], temperature: 0, max_tokens: 30 },
    )
    answers.push(choices[0]?.message.content)
  }
  expect(answers).toEqual(FACTS.map(([, answer]) => answer))
})
