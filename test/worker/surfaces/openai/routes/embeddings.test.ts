import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_EMBEDDING_INPUTS } from '../../../../../shared/generation.ts'
import { MAX_TRIES } from '../../../../../worker/services/inference/call-run.ts'
import { uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'
import { expectNamed, expectUnknownModel } from '../refusals.ts'

const model = uniqueModel()
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const embed = (over: Record<string, unknown> = {}) =>
  world.request('/v1/embeddings', { body: { model: model.id, input: 'Hi', ...over } })

/** Floats as a node sends them: base64 of little-endian float32. */
function toBase64(...floats: number[]): string {
  const view = new DataView(new ArrayBuffer(floats.length * 4))
  for (const [index, float] of floats.entries()) view.setFloat32(index * 4, float, true)
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)))
}

/** Answers the next embedding call with these frames of vectors. */
async function answer(...frames: { start: number; vectors: string[] }[]) {
  const start = await node.next('embedding.start')
  for (const frame of frames) node.send({ type: 'call.vectors', callId: start.callId, ...frame })
  node.send({
    type: 'call.end',
    callId: start.callId,
    finishReason: 'stop',
    usage: usage({ completionTokens: 0 }),
  })
  return start
}

interface Answer {
  data: { index: number; embedding: number[] | string }[]
}

describe('POST /v1/embeddings', () => {
  it('answers a text with its vector and the tokens that it took', async () => {
    const answered = answer({ start: 0, vectors: [toBase64(0.5, -0.25)] })
    const response = await embed()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }],
      model: model.id,
      usage: { prompt_tokens: 5, total_tokens: 5 },
    })
    expect((await answered).request).toEqual({ model: model.id, input: ['Hi'] })
  })

  it('gives the same figures as base64 and as floats', async () => {
    const vector = toBase64(0.1, -0.7, 3.4028234663852886e38, 1e-45)
    const bodies: Answer[] = []
    for (const encoding_format of ['base64', 'float', undefined]) {
      const answered = answer({ start: 0, vectors: [vector] })
      bodies.push((await (await embed({ encoding_format })).json()) as Answer)
      await answered
    }
    const [base64, float, byDefault] = bodies.map((body) => body.data[0]?.embedding)
    expect(base64).toBe(vector)
    expect(float).toEqual([...new Float32Array([0.1, -0.7, 3.4028234663852886e38, 1e-45])])
    expect(byDefault).toEqual(float)
  })

  it('keeps the order of the inputs over several frames', async () => {
    const answered = answer(
      { start: 0, vectors: [toBase64(0), toBase64(1)] },
      { start: 2, vectors: [toBase64(2)] },
      { start: 3, vectors: [toBase64(3), toBase64(4)] },
    )
    const { data } = (await (await embed({ input: ['a', 'b', 'c', 'd', 'e'] })).json()) as Answer
    expect(data.map(({ index, embedding }) => [index, embedding])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [n, [n]]),
    )
    await answered
  })

  it.each([
    ['token ids', [1, 2], [[1, 2]]],
    ['lists of token ids', [[1], [2, 3]], [[1], [2, 3]]],
    ['texts', ['a', 'b'], ['a', 'b']],
  ])('takes %s', async (_name, input, expected) => {
    const answered = answer({ start: 0, vectors: expected.map(() => toBase64(1)) })
    const { data } = (await (await embed({ input })).json()) as Answer
    expect(data).toHaveLength(expected.length)
    expect((await answered).request.input).toEqual(expected)
  })

  it.each([MAX_EMBEDDING_INPUTS, MAX_EMBEDDING_INPUTS + 1])(
    `takes up to ${MAX_EMBEDDING_INPUTS} inputs (%i)`,
    async (count) => {
      const fits = count <= MAX_EMBEDDING_INPUTS
      const answered = fits
        ? answer({ start: 0, vectors: Array<string>(count).fill(toBase64(1)) })
        : undefined
      const response = await embed({ input: Array<string>(count).fill('x') })
      expect(response.status).toBe(fits ? 200 : 400)
      await answered
    },
  )

  it("answers a node's refusal with its own status and code", async () => {
    const refused = node.next('embedding.start').then(({ callId }) =>
      node.send({
        type: 'call.error',
        callId,
        code: 'context_length_exceeded',
        message: 'Too long.',
        param: 'input',
      }),
    )
    const response = await embed()
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 'context_length_exceeded', param: 'input', message: 'Too long.' },
    })
    await refused
  })

  it('answers 502 when the node is lost and no other comes', { timeout: 20_000 }, async () => {
    const lost = uniqueModel()
    const dying = await world.addNode({ models: [lost.holding] })
    const gone = dying.next('embedding.start').then(() => dying.close())
    const response = await embed({ model: lost.id })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { code: 'node_failed' } })
    await gone
  })
})

describe('POST /v1/embeddings answers 502 to a node that sends', () => {
  it.each([
    ['too few vectors', [{ start: 0, vectors: [toBase64(1)] }]],
    ['none', []],
    ['one of them twice', [0, 0].map((start) => ({ start, vectors: [toBase64(1)] }))],
    ['bytes that are no list of floats', [{ start: 0, vectors: [toBase64(1), btoa('xyz')] }]],
    ['an empty vector', [{ start: 0, vectors: [toBase64(1), ''] }]],
  ])('%s', async (_name, frames) => {
    const answered = answer(...frames)
    const response = await embed({ input: ['a', 'b'] })
    await answered
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { type: 'server_error', code: 'node_failed' } })
  })

  it.each([
    ['too many vectors', { start: 0, vectors: [toBase64(1), toBase64(2), toBase64(3)] }],
    ['vectors of inputs that do not exist', { start: 7, vectors: [toBase64(1), toBase64(2)] }],
  ])(`%s, each of the ${MAX_TRIES} times that it is asked`, async (_name, frame) => {
    const answered = (async () => {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        await answer(frame)
        await node.next('call.cancel')
      }
    })()
    const response = await embed({ input: ['a', 'b'] })
    await answered
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { type: 'server_error', code: 'node_failed' } })
  })
})

describe('POST /v1/embeddings refuses', () => {
  it.each([
    ['no input', { input: undefined }, 'input'],
    ['an empty text', { input: '' }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['an empty text among others', { input: ['a', ''] }, 'input'],
    ['an empty list of tokens', { input: [[]] }, 'input'],
    ['texts and tokens mixed', { input: ['a', [1]] }, 'input'],
    ['a number', { input: 7 }, 'input'],
    ['a negative token', { input: [-1] }, 'input'],
    ['an unknown encoding', { encoding_format: 'int8' }, 'encoding_format'],
    ['dimensions, which are not honoured', { dimensions: 8 }, 'dimensions'],
    ['no model', { model: undefined }, 'model'],
    ['an unknown parameter', { colour: 'red' }, 'colour'],
  ])('%s, naming it', async (_case, over, param) => {
    await expectNamed(await embed(over), param)
    expect(node.unread).toBe(0)
  })

  it('a model that is unknown, or that does not embed, with 404', async () => {
    const generator = uniqueModel({ capabilities: ['generate'] })
    await world.addNode({ models: [generator.holding] })
    for (const id of ['gpt-9', generator.id]) {
      await expectUnknownModel(await embed({ model: id }))
    }
  })
})
