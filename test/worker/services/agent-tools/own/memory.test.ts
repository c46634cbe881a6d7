import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../../worker/db/client.ts'
import { MAX_RECALL_CHARACTERS, MAX_RECALLED } from '../../../../../worker/services/agent-tools/own/memory.ts'
import {
  createNotes,
  MAX_NOTE_CHARACTERS,
  MAX_NOTES,
} from '../../../../../worker/services/agent-tools/own/notes.ts'
import { newOwner, takes } from './own-setup.ts'

const notes = createNotes(createDb(env.DB))
const today = new Date().toISOString().slice(0, 10)

describe('remember and recall', () => {
  it('keep a note for later runs, and find it by its words', async () => {
    const { result } = await newOwner()
    const { text } = await result('remember', { text: '  The dog is called Rex. ' })
    expect(text).toBe('Remembered: The dog is called Rex.')
    await result('remember', { text: 'Invoices go out on Fridays.' })
    expect((await result('recall', { query: 'what are my dogs called' })).text).toBe(
      `- The dog is called Rex. (${today})`,
    )
    expect((await result('recall', {})).text.split('\n')).toHaveLength(2)
    expect((await result('recall', { query: 'zygote' })).text).toBe('No note is about that.')
  })

  it('keep the same words once', async () => {
    const { accountId, result } = await newOwner()
    await result('remember', { text: 'Twice.' })
    await result('remember', { text: 'Twice.' })
    expect((await notes.list(accountId, { limit: 10 })).total).toBe(1)
  })

  it('find nothing of another account', async () => {
    const [owner, stranger] = [await newOwner(), await newOwner()]
    await owner.result('remember', { text: 'The safe opens with 1234.' })
    expect((await stranger.result('recall', { query: 'safe' })).text).toBe('Nothing has been remembered yet.')
  })

  it('keep the most notes of an account, and refuse one more, also of many at once', async () => {
    const { accountId, call, result } = await newOwner()
    for (let kept = 0; kept < MAX_NOTES - 3; kept += 1) await notes.keep(accountId, `Note ${kept}.`)
    const many = await Promise.all(
      Array.from({ length: 6 }, (_, at) => call('remember', { text: `Another ${at}.` })),
    )
    expect(many.filter(({ ok }) => ok)).toHaveLength(3)
    expect(many.find(({ ok }) => !ok)).toMatchObject({
      code: 'failed',
      message: '200 notes are kept already: one must be deleted first.',
    })
    const { text } = await result('recall', {})
    expect(text.split('\n')).toHaveLength(MAX_RECALLED + 1)
    expect(text).toContain(`(${MAX_NOTES - MAX_RECALLED} more)`)
    const [oldest] = (await notes.all(accountId)).toReversed()
    await notes.remove(accountId, oldest?.id ?? '')
    await result('remember', { text: 'There is room again.' })
  })

  it('take words at their limits, and none past them', async () => {
    expect(await takes('remember', { text: 'a'.repeat(MAX_NOTE_CHARACTERS) })).toBe(true)
    expect(await takes('remember', { text: 'a'.repeat(MAX_NOTE_CHARACTERS + 1) })).toBe(false)
    expect(await takes('remember', { text: ' ' })).toBe(false)
    expect(await takes('recall', { query: 'a'.repeat(MAX_RECALL_CHARACTERS) })).toBe(true)
    expect(await takes('recall', { query: 'a'.repeat(MAX_RECALL_CHARACTERS + 1) })).toBe(false)
  })
})
