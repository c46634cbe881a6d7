import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDb } from '../../../worker/db/client.ts'
import { idempotentAnswers } from '../../../worker/db/tables/administration.ts'
import {
  ANSWER_KEPT_MS,
  createIdempotency,
  IN_FLIGHT_LIMIT_MS,
  type KeptAnswer,
  type KeyedRequest,
  MAX_CALLER_BYTES,
  MAX_KEPT_BYTES,
  ROW_BYTES,
} from '../../../worker/services/idempotency.ts'
import { hashSecret } from '../../../worker/services/secrets/secrets.ts'

const NOW = 1_800_000_000_000
const db = createDb(env.DB)
const ADA = await hashSecret('ada')
const bytes = (text: string) => new TextEncoder().encode(text)

const request = (over: Partial<KeyedRequest> = {}): KeyedRequest => ({
  caller: 'ada',
  surface: 'openai',
  method: 'POST',
  path: '/v1/keys',
  key: 'key-1',
  bodyHash: 'hash-1',
  ...over,
})
const answer = (over: Partial<KeptAnswer> = {}): KeptAnswer => ({
  status: 201,
  headers: { 'content-type': 'application/json', location: '/v1/keys/1' },
  body: bytes('{"secret":"sk-shown-once"}'),
  ...over,
})

function setUp(secrets: [string, ...string[]] = ['s'.repeat(32)]) {
  const clock = { now: NOW }
  return { clock, service: createIdempotency(db, { secrets, later: () => {}, now: () => clock.now }) }
}
type Set = ReturnType<typeof setUp>

/** The claim of a request that is to run. */
async function claimed({ service }: Set, over: Partial<KeyedRequest> = {}) {
  const begun = await service.begin(request(over))
  if ('answer' in begun) throw new Error('There was an answer already.')
  return begun.claim
}

/** The outcome of a repeated request. */
async function outcomeOf({ service }: Set, over: Partial<KeyedRequest> = {}): Promise<string> {
  try {
    return 'answer' in (await service.begin(request(over))) ? 'replayed' : 'runs'
  } catch (thrown) {
    return (thrown as { code: string }).code
  }
}

const conflict = { code: 'conflict', param: 'Idempotency-Key', retryAfterSeconds: 1 }

beforeEach(() => db.delete(idempotentAnswers))

describe('a request with a key', () => {
  it('gets the first answer, byte by byte', async () => {
    const set = setUp()
    const kept = answer({ body: Uint8Array.from({ length: 1_000 }, (_, index) => index % 256) })
    await (await claimed(set)).keep(kept)
    expect(await set.service.begin(request())).toEqual({ answer: kept })
    expect(await set.service.begin(request())).toEqual({ answer: kept })
  })

  it('of many at once, one runs', async () => {
    const set = setUp()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(set)))
    expect(outcomes.toSorted()).toEqual([...Array(19).fill('conflict'), 'runs'])
  })

  it('waits while the first still runs', async () => {
    const set = setUp()
    await claimed(set)
    await expect(set.service.begin(request())).rejects.toMatchObject(conflict)
  })

  it('is a mistake with another body, whether the first still runs or not', async () => {
    const set = setUp()
    const claim = await claimed(set)
    const refusal = { code: 'unprocessable', param: 'Idempotency-Key' }
    await expect(set.service.begin(request({ bodyHash: 'hash-2' }))).rejects.toMatchObject(refusal)
    await claim.keep(answer())
    await expect(set.service.begin(request({ bodyHash: 'hash-2' }))).rejects.toMatchObject(refusal)
  })

  it.each([
    ['caller', { caller: 'bob' }],
    ['surface', { surface: 'clara' }],
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/nodes' }],
    ['key', { key: 'key-2' }],
  ])('has nothing to do with one of another %s', async (_name, over) => {
    const set = setUp()
    await (await claimed(set)).keep(answer())
    expect(await outcomeOf(set, over)).toBe('runs')
    expect(await outcomeOf(set)).toBe('replayed')
  })

  it('cannot be mistaken for one whose parts are cut elsewhere', async () => {
    const set = setUp()
    await claimed(set, { caller: 'a', surface: 'b,c' })
    expect(await outcomeOf(set, { caller: 'a,b', surface: 'c' })).toBe('runs')
  })

  it('runs again when the first was freed', async () => {
    const set = setUp()
    await (await claimed(set)).free()
    expect(await outcomeOf(set, { bodyHash: 'hash-2' })).toBe('runs')
  })

  it('is answered for a day and runs again after it', async () => {
    const set = setUp()
    await (await claimed(set)).keep(answer())
    set.clock.now = NOW + ANSWER_KEPT_MS - 1
    expect(await outcomeOf(set)).toBe('replayed')
    set.clock.now += 1
    expect(await outcomeOf(set, { bodyHash: 'hash-2' })).toBe('runs')
  })

  it('takes the place of one that has died', async () => {
    const set = setUp()
    await claimed(set)
    set.clock.now = NOW + IN_FLIGHT_LIMIT_MS - 1
    expect(await outcomeOf(set)).toBe('conflict')
    set.clock.now += 1
    const outcomes = await Promise.all([outcomeOf(set), outcomeOf(set), outcomeOf(set)])
    expect(outcomes.toSorted()).toEqual(['conflict', 'conflict', 'runs'])
  })

  it('that was taken for dead and comes back neither answers for the other nor frees its key', async () => {
    const set = setUp()
    const dead = await claimed(set)
    set.clock.now += IN_FLIGHT_LIMIT_MS
    const living = await claimed(set)
    await dead.keep(answer({ status: 200 }))
    await dead.free()
    await expect(set.service.begin(request())).rejects.toMatchObject(conflict)
    await living.keep(answer())
    await dead.free()
    expect(await set.service.begin(request())).toEqual({ answer: answer() })
  })
})

describe('a kept answer', () => {
  it.each([
    [MAX_KEPT_BYTES, 'replayed'],
    [MAX_KEPT_BYTES + 1, 'runs'],
  ])('of %i bytes: the next request %s', async (size, outcome) => {
    const set = setUp()
    await (await claimed(set)).keep(answer({ body: new Uint8Array(size) }))
    expect(await outcomeOf(set)).toBe(outcome)
  })

  it('shows in the database neither its secret nor the key', async () => {
    const set = setUp()
    await (await claimed(set, { key: 'my-own-key' })).keep(answer())
    const dump = JSON.stringify(await db.select().from(idempotentAnswers))
    expect(dump).not.toMatch(/sk-shown-once|my-own-key|location/)
    for (const secret of ['sk-shown-once', 'my-own-key'])
      expect(dump).not.toContain(btoa(secret).slice(0, 12))
  })

  it('is read with the secret before while the secret is being changed', async () => {
    await (await claimed(setUp())).keep(answer())
    const changed = setUp(['n'.repeat(32), 's'.repeat(32)])
    expect(await changed.service.begin(request())).toEqual({ answer: answer() })
  })

  it('that cannot be read any more is not made a second time', async () => {
    await (await claimed(setUp())).keep(answer())
    const refusal = setUp(['n'.repeat(32)]).service.begin(request())
    await expect(refusal).rejects.toMatchObject({ code: 'unprocessable', param: 'Idempotency-Key' })
    expect(await db.$count(idempotentAnswers)).toBe(1)
  })

  it('is swept when its day is over, and so is a request that never ended', async () => {
    const set = setUp()
    await (await claimed(set)).keep(answer())
    await claimed(set, { key: 'key-2' })
    set.clock.now += 1
    await (await claimed(set, { key: 'key-3' })).keep(answer())
    set.clock.now = NOW + ANSWER_KEPT_MS
    expect(await set.service.sweep()).toBe(2)
    expect(await set.service.sweep()).toBe(0)
    expect(await outcomeOf(set, { key: 'key-3' })).toBe('replayed')
  })
})

describe('what is kept for one caller', () => {
  const fill = (bytes: number) =>
    db.update(idempotentAnswers).set({ bytes }).where(eq(idempotentAnswers.caller, ADA))

  it('is bounded: a further request with a key is refused, others’ and repeated ones are not', async () => {
    const one = setUp()
    await (await claimed(one)).keep(answer())
    await fill(MAX_CALLER_BYTES - ROW_BYTES)
    expect(await outcomeOf(one, { key: 'key-2' })).toBe('limit_exceeded')
    expect(await outcomeOf(one, { key: 'key-2', caller: 'eve' })).toBe('runs')
    expect(await outcomeOf(one)).toBe('replayed')
    await fill(MAX_CALLER_BYTES - ROW_BYTES - 1)
    expect(await outcomeOf(one, { key: 'key-2' })).toBe('runs')
  })

  it('ends after a day, and counts the rows of requests that run', async () => {
    const one = setUp()
    await (await claimed(one)).keep(answer())
    const [row] = await db.select().from(idempotentAnswers)
    expect(row?.bytes).toBe(row?.answer?.length)
    await fill(MAX_CALLER_BYTES)
    one.clock.now += ANSWER_KEPT_MS
    expect(await outcomeOf(one, { key: 'key-2' })).toBe('runs')
    await fill(MAX_CALLER_BYTES - ROW_BYTES)
    expect(await outcomeOf(one, { key: 'key-3' })).toBe('limit_exceeded')
  })
})
