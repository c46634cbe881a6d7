import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDb } from '../../worker/db/client.ts'
import { idempotentAnswers } from '../../worker/db/tables/administration.ts'
import { createWorld, type World } from './world.ts'

const db = createDb(env.DB)

let world: World
// Each test has accounts of its own: what an account asks within a minute is limited.
beforeEach(async () => {
  world = await createWorld()
})

interface KeyAnswer {
  id: string
  secret: string
}

/** Asks for a new API key under an Idempotency-Key. */
const createKey = (idempotencyKey: string, { name = 'ci', key = world.viewerKey } = {}) =>
  SELF.fetch('http://localhost/v1/keys', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify({ name }),
  })

const keysNamed = async (name: string) => {
  const list = (await (await world.request('/v1/keys', { key: world.viewerKey })).json()) as {
    data: { name: string }[]
  }
  return list.data.filter((key) => key.name === name)
}

describe('POST /v1/keys with an Idempotency-Key', () => {
  it('makes one key, and shows its secret again to whoever asks again', async () => {
    const first = await createKey('a', { name: 'once' })
    const again = await createKey('a', { name: 'once' })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    const { secret } = (await first.json()) as KeyAnswer
    expect(((await again.json()) as KeyAnswer).secret).toBe(secret)
    expect(await keysNamed('once')).toHaveLength(1)
    expect(JSON.stringify(await db.select().from(idempotentAnswers))).not.toContain(secret)
  })

  it('sent ten times at once makes one key', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => createKey('b', { name: 'raced' })))
    const made = answers.filter(({ status }) => status === 201)
    const turnedAway = answers.filter(({ status }) => status === 409)
    expect(made.length + turnedAway.length).toBe(10)
    expect(
      new Set(await Promise.all(made.map(async (one) => ((await one.json()) as KeyAnswer).id))).size,
    ).toBe(1)
    for (const one of turnedAway) {
      expect(one.headers.get('retry-after')).toBe('1')
      expect(await one.json()).toMatchObject({ error: { code: 'conflict', param: 'Idempotency-Key' } })
    }
    expect(await keysNamed('raced')).toHaveLength(1)
  })

  it('sent again with another body is refused by the header’s name', async () => {
    await createKey('c', { name: 'one' })
    const other = await createKey('c', { name: 'two' })
    expect(other.status).toBe(422)
    expect(await other.json()).toEqual({
      error: {
        message: 'This Idempotency-Key was used with another request.',
        type: 'invalid_request_error',
        param: 'Idempotency-Key',
        code: 'unprocessable',
      },
    })
    expect(await keysNamed('two')).toHaveLength(0)
  })

  it('runs again after a mistake', async () => {
    expect((await createKey('d', { name: '' })).status).toBe(400)
    expect((await createKey('d', { name: 'mended' })).status).toBe(201)
  })

  it('is nothing to another account, nor to somebody without one', async () => {
    const mine = (await (await createKey('e')).json()) as KeyAnswer
    const theirs = (await (await createKey('e', { key: world.adminKey })).json()) as KeyAnswer
    expect(theirs.secret).not.toBe(mine.secret)
    expect((await createKey('e', { key: 'sk-unknown' })).status).toBe(401)
  })

  it('is refused when the key is no key', async () => {
    const response = await createKey('k'.repeat(256))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'Idempotency-Key' } })
  })
})
