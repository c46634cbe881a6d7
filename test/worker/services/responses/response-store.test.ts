import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { withId } from '../../../../worker/services/responses/items.ts'
import type { ResponseBody } from '../../../../worker/services/responses/response-body.ts'
import {
  MAX_CHAIN,
  MAX_CONTEXT_BYTES,
  MAX_CONTEXT_ITEMS,
  MAX_KEPT_INPUT_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_RESPONSES,
  RESPONSE_KEPT_MS,
} from '../../../../worker/services/responses/response-limits.ts'
import { checkKept, createResponseStore } from '../../../../worker/services/responses/response-store.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

const db = createDb(env.DB)
const store = createResponseStore(db)
let accountId: string
beforeAll(async () => {
  accountId = (await newAccount()).account.id
})

const asked = (text: string) =>
  withId(
    { type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text }] },
    newId(),
  )

/** Keeps a response that was answered then. */
async function keep({ text = 'Hi', previousId = null as string | null, createdAt = Date.now() } = {}) {
  const id = newId()
  // As much of a body as the store looks at.
  const body = {
    id: `resp_${id}`,
    status: 'completed',
    background: false,
    created_at: Math.floor(createdAt / 1_000),
    output: [],
  } as unknown as ResponseBody
  await db.batch(store.keeping({ id, accountId, previousId, body, input: [asked(text)] }))
  return id
}
const weigh = (id: string, bytes: number) =>
  env.DB.prepare('update responses set bytes = ? where id = ?').bind(bytes, id).run()
const isThere = async (id: string) => (await store.find(accountId, id)) !== undefined

describe('kept responses', () => {
  it('are deleted with their items after 30 days, and not before', async () => {
    const now = Date.now()
    const seconds = Math.floor(now / 1_000) * 1_000
    const [old, young] = [
      await keep({ createdAt: seconds - RESPONSE_KEPT_MS }),
      await keep({ createdAt: seconds - RESPONSE_KEPT_MS + 1_000 }),
    ]
    await createResponseStore(db, () => seconds).sweep()
    expect([await isThere(old), await isThere(young)]).toEqual([false, true])
    const items = await env.DB.prepare('select count(*) as count from response_items where response_id = ?')
      .bind(old)
      .first('count')
    expect(items).toBe(0)
  })

  it('of an account are at most as many bytes as its plan keeps: of more, the oldest go', async () => {
    const [old, young] = [await keep({ createdAt: Date.now() - 60_000 }), await keep()]
    await weigh(young, 1_000)
    await weigh(old, MAX_RESPONSE_BYTES.free - 1_000)
    await env.DB.prepare('delete from responses where account_id = ? and id not in (?, ?)')
      .bind(accountId, old, young)
      .run()
    await store.trim(accountId)
    expect([await isThere(old), await isThere(young)]).toEqual([true, true])
    await weigh(old, MAX_RESPONSE_BYTES.free - 999)
    await store.trim(accountId)
    expect([await isThere(old), await isThere(young)]).toEqual([false, true])
  })

  it('go on without those before them that are gone', async () => {
    const first = await keep({ text: 'one' })
    const second = await keep({ text: 'two', previousId: first })
    const third = await keep({ text: 'three', previousId: second })
    expect(await store.chain(accountId, third)).toHaveLength(3)
    await store.delete(accountId, first)
    expect(await store.chain(accountId, third)).toHaveLength(2)
    expect(await store.chain(newId(), third)).toBeUndefined()
  })

  it('go on from each other with a limit of bytes', async () => {
    const first = await keep()
    const second = await keep({ previousId: first })
    await weigh(first, MAX_CONTEXT_BYTES - 1_000)
    await weigh(second, 1_000)
    expect(await store.chain(accountId, second)).toHaveLength(2)
    await weigh(second, 1_001)
    await expect(store.chain(accountId, second)).rejects.toMatchObject({
      code: 'context_length_exceeded',
      param: 'previous_response_id',
    })
  })

  it(`go on from at most ${MAX_CHAIN} in a row`, async () => {
    const ids = Array.from({ length: MAX_CHAIN + 1 }, newId)
    const now = Date.now()
    const rows = ids.map((id, index) => ({ id, previous: ids[index - 1] ?? null }))
    await env.DB.prepare(
      `insert into responses (id, account_id, previous_id, state, body, background, bytes, created_at)
       select value ->> 'id', ?, value ->> 'previous', 'completed', '{}', 0, 1, ? from json_each(?)`,
    )
      .bind(accountId, now, JSON.stringify(rows))
      .run()
    expect(await store.chain(accountId, ids[MAX_CHAIN - 1] ?? '')).toEqual([])
    await expect(store.chain(accountId, ids[MAX_CHAIN] ?? '')).rejects.toMatchObject({
      code: 'context_length_exceeded',
    })
  })

  it('hold so many bytes of input, and no more', () => {
    const input = (length: number) => [asked('x'.repeat(length))]
    const other = JSON.stringify(input(0)).length + JSON.stringify({}).length
    expect(() => checkKept(input(MAX_KEPT_INPUT_BYTES - other), {})).not.toThrow()
    expect(() => checkKept(input(MAX_KEPT_INPUT_BYTES - other + 1), {})).toThrow(/store: false/)
  })
})

describe('of very many', () => {
  const numbers = (count: number) =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`

  it(`responses, the oldest goes when a free account keeps more than ${MAX_RESPONSES.free}`, async () => {
    const { account } = await newAccount({ plan: 'free' })
    const fill = (count: number, prefix: string, createdAt: number) =>
      env.DB.prepare(
        `insert into responses (id, account_id, state, body, background, bytes, created_at)
          ${numbers(count)} select '${prefix}' || printf('%020d', i), ?, 'completed', '{}', 0, 1, ? + i from n`,
      )
        .bind(account.id, createdAt)
        .run()
    const kept = async () => {
      await store.trim(account.id)
      const row = await env.DB.prepare(
        'select count(*) as count, min(created_at) as first from responses where account_id = ?',
      )
        .bind(account.id)
        .first()
      return [row?.count, row?.first]
    }
    await fill(MAX_RESPONSES.free, 'aaaa', 1_000)
    expect(await kept()).toEqual([MAX_RESPONSES.free, 1_001])
    await fill(1, 'bbbb', 1_000_000)
    expect(await kept()).toEqual([MAX_RESPONSES.free, 1_002])
  })

  it(`items, at most ${MAX_CONTEXT_ITEMS} are gone on from`, async () => {
    const id = await keep()
    const add = (from: number, count: number) =>
      env.DB.prepare(
        `insert into response_items (id, response_id, part, position, item)
          ${numbers(count)} select ? || (? + i), ?, 'output', ? + i, '{}' from n`,
      )
        .bind(id, from, id, from)
        .run()
    await add(0, MAX_CONTEXT_ITEMS - 1)
    expect(await store.chain(accountId, id)).toHaveLength(MAX_CONTEXT_ITEMS)
    await add(MAX_CONTEXT_ITEMS, 1)
    await expect(store.chain(accountId, id)).rejects.toMatchObject({ code: 'context_length_exceeded' })
  })
})
