import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import {
  type Conversation,
  createConversations,
  titleOf,
} from '../../../../worker/services/conversations/conversations.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

describe('a title that is made from a message', () => {
  it.each([
    ['Hello\n\n  there', 'Hello there'],
    ['a\u0000b\u001b[31mc\u0085', 'ab[31mc'],
    ['\u202egnp.exe\u202c', 'gnp.exe'],
    ['مرحبا\u200f', 'مرحبا\u200f'],
    ['\u0000\u2066', 'Untitled'],
  ])('of %j shows all that is in it: %j', (message, title) => {
    expect(titleOf(message)).toBe(title)
  })
})

describe('pages of conversations', () => {
  it('behind the last one of the page before hold each conversation once, newest activity first', async () => {
    const conversations = createConversations(createDb(env.DB))
    const { account } = await newAccount()
    // Made within the same moment: the id decides between equal times.
    await Promise.all(
      [1, 2, 3, 4, 5].map((n) => conversations.create({ accountId: account.id, title: `${n}` })),
    )
    const whole = await conversations.list(account.id, { limit: 10 })
    const paged: Conversation[] = []
    for (let last: Conversation | undefined; paged.length < whole.length; last = paged.at(-1)) {
      const page = await conversations.list(account.id, { limit: 2, ...(last ? { after: last } : {}) })
      expect(page.length).toBeGreaterThan(0)
      paged.push(...page)
    }
    expect(whole).toHaveLength(5)
    expect(paged).toEqual(whole)
    expect(
      await conversations.list(account.id, { limit: 2, ...(whole[4] ? { after: whole[4] } : {}) }),
    ).toEqual([])
  })
})
