import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Stack } from './support/stack.ts'
import { until } from './support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await Stack.start()
  await stack.addNode()
})
afterAll(() => stack.close())

/** The thing at a path, as soon as its status is one of these. */
async function ended<Shown extends { status: string }>(
  path: string,
  statuses: readonly string[],
): Promise<Shown> {
  let shown: Shown | undefined
  await until(
    async () => {
      shown = await stack.json<Shown>(path)
      if (!statuses.includes(shown.status)) throw new Error(`${path} is ${JSON.stringify(shown)}.`)
    },
    { limitMs: 120_000, intervalMs: 1_000 },
  )
  if (!shown) throw new Error(`${path} was not read.`)
  return shown
}

interface Dataset {
  status: string
  document_count: number
  total_tokens: number
  export_paths: { jsonl: string }
}

describe('a dataset of documents that were uploaded', () => {
  it('is counted by a real tokenizer, and trains a model as it is', { timeout: 300_000 }, async () => {
    const client = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: stack.key, maxRetries: 0 })
    for (const [index, colour] of ['red', 'blue', 'green', 'grey'].entries()) {
      const text = `The harbour has a gate. The gate number ${index} of the harbour is ${colour}. `.repeat(4)
      await client.files.create({ file: new File([text], `gate-${index}.txt`), purpose: 'user_data' })
    }
    const { dataset_id: id } = await stack.json<{ dataset_id: string }>('/clara/api/datasets', {
      name: 'Gates',
      search_query: 'harbour AND gate* NOT grey',
    })
    const dataset = await ended<Dataset>(`/clara/api/datasets/${id}`, ['completed', 'failed'])
    expect(dataset).toMatchObject({ status: 'completed', document_count: 3 })
    // Sixteen words in each of four sentences, and a token is no more than a word of these by far.
    expect(dataset.total_tokens).toBeGreaterThan(3 * 4 * 14)

    const config = 'base_model: starter\nmax_steps: 2\nmicro_batch_size: 1\nsequence_len: 128\n'
    const put = await fetch(`${stack.url}/v1/workspace/data/configs/gates.yaml`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack.key}` },
      body: config,
    })
    expect(put.status).toBe(201)
    const { job_id: job } = await stack.json<{ job_id: string }>('/clara/api/training/jobs', {
      trainer_type: 'lora',
      config_path: '/data/configs/gates.yaml',
      dataset_path: dataset.export_paths.jsonl,
      output_dir: '/data/outputs/gates',
    })
    const trained = await ended<{ status: string; error_message: string | null }>(
      `/clara/api/training/jobs/${job}`,
      ['completed', 'failed', 'cancelled'],
    )
    expect(trained).toMatchObject({ status: 'completed', error_message: null })
  })
})
