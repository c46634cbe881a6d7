import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import type { Account } from '../../../../worker/services/accounts/accounts.ts'
import { createConversations, titleOf } from '../../../../worker/services/conversations/conversations.ts'
import { createOpening } from '../../../../worker/services/conversations/opening.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

const conversations = createConversations(createDb(env.DB))
const open = createOpening({
  conversations,
  chooseModel: async (_account, { named, kept }) => ({ id: named ?? kept ?? 'default', name: 'its name' }),
})
const turns = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello?' },
]

let account: Account
beforeEach(async () => {
  account = (await newAccount()).account
})

const listed = () => conversations.list(account.id, { limit: 9, offset: 0 })

describe('what is said first', () => {
  it('begins a conversation with the model that answers, titled after its first user’s turn', async () => {
    const { question, modelName } = await open({
      account,
      isAdministrator: false,
      conversation: undefined,
      turns,
      options: {},
    })
    expect(await listed()).toMatchObject([{ id: question.conversationId, title: 'Hello?', model: 'default' }])
    expect(question).toMatchObject({ accountId: account.id, turns, options: { model: 'default' } })
    expect([question.begins]).toEqual(await listed())
    expect(modelName).toBe('its name')
  })

  it('begins it under the id that was handed out', async () => {
    const conversationId = newId()
    await open({
      account,
      isAdministrator: false,
      conversation: undefined,
      conversationId,
      turns,
      options: {},
    })
    expect((await listed()).map(({ id }) => id)).toEqual([conversationId])
  })

  it('leaves nothing behind when no model can answer it', async () => {
    const chooseModel = () => Promise.reject(new AppError('no_capacity', 'There is no node.'))
    const opening = createOpening({ conversations, chooseModel })
    const opened = opening({ account, isAdministrator: false, conversation: undefined, turns, options: {} })
    await expect(opened).rejects.toMatchObject({ code: 'no_capacity' })
    expect(await listed()).toEqual([])
  })
})

describe('what is said later', () => {
  it('is answered by the conversation’s model, or by another that is named and then kept', async () => {
    const conversation = await conversations.create({ accountId: account.id, title: 'A talk', model: 'old' })
    const questionOf = async (options: { model?: string }) =>
      (await open({ account, isAdministrator: false, conversation, turns, options })).question
    const kept = { conversationId: conversation.id, begins: undefined, isModelKept: true }
    expect(await questionOf({})).toMatchObject({ ...kept, options: { model: 'old' } })
    expect(await questionOf({ model: 'new' })).toMatchObject({ ...kept, options: { model: 'new' } })
    expect(await listed()).toMatchObject([{ title: 'A talk', model: 'old' }])
  })

  it('names a conversation that nothing has named yet, once', async () => {
    const title = titleOf('')
    const { id } = await conversations.create({ accountId: account.id, title })
    const say = async (content: string) =>
      open({
        account,
        isAdministrator: false,
        conversation: await conversations.find(account.id, id),
        turns: [{ role: 'user', content }],
        options: {},
      })
    for (const content of ['\u200b', 'Where is Seoul?', 'And Busan?']) await say(content)
    expect(await listed()).toMatchObject([{ id, title: 'Where is Seoul?' }])
  })
})
