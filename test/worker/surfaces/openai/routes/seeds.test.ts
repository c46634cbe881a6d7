import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

const model = uniqueModel({ slots: 8 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

/** The seed that a node is given for one that a body spells so. */
async function seedFor(path: string, seed: string): Promise<number> {
  const answered = node.answer(['x'])
  const asked = path.endsWith('/chat/completions')
    ? '"messages": [{"role": "user", "content": "Hi"}]'
    : '"prompt": "Hi"'
  const response = await SELF.fetch(`http://localhost${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.adminKey}`, 'content-type': 'application/json' },
    body: `{"model": "${model.id}", ${asked}, "seed": ${seed}}`,
  })
  expect(response.status).toBe(200)
  await response.text()
  return (await answered).request.sampling.seed
}

describe.each(['/v1/chat/completions', '/v1/completions'])('seeds of %s', (path) => {
  it('have 64 bits, of which none is rounded off', async () => {
    const seeds = [
      '9007199254740992',
      '9007199254740993',
      '9223372036854775806',
      '9223372036854775807',
      '-9223372036854775808',
    ]
    const given: number[] = []
    for (const seed of seeds) given.push(await seedFor(path, seed))
    expect(new Set(given).size).toBe(seeds.length)
    expect(await seedFor(path, '9223372036854775807')).toBe(given[3])
  })
})
