import type { Account } from '../accounts/accounts.ts'
import { requireScope } from '../accounts/keys.ts'
import { modelFor } from '../models/model-binding.ts'
import { type AnswerOptions, chatSampling } from './answering.ts'
import type { Question } from './chat.ts'
import { type Conversation, type Conversations, titleOf } from './conversations.ts'

/** What the first message of a chat that names no temperature is answered with. */
export const DEFAULT_TEMPERATURE = 0.7

interface Said {
  text: string
  frame: { model?: string | undefined; temperature?: number | undefined; max_tokens?: number | undefined }
  account: Account
  conversationId: string
  conversation: Conversation | undefined
}

/** A message over a socket as a question, in its conversation, which begins with it where it has not begun. */
export const socketQuestion =
  (conversations: Conversations, defaultModel: () => Promise<string>) =>
  async ({ text, frame, account, conversationId, conversation }: Said): Promise<Question> => {
    requireScope(account, 'inference')
    const named = frame.model === undefined ? account.key?.model?.baseModel : modelFor(account, frame.model)
    const model = named ?? conversation?.model ?? (await defaultModel())
    const known =
      conversation ??
      (await conversations.create({ id: conversationId, accountId: account.id, title: titleOf(text), model }))
    // The frames that follow need not name it again.
    if (known.model !== model) await conversations.update(account.id, conversationId, { model })
    const options: AnswerOptions = {
      model,
      sampling: chatSampling(frame.temperature ?? DEFAULT_TEMPERATURE),
      ...(frame.max_tokens === undefined ? {} : { maxTokens: frame.max_tokens }),
    }
    return {
      conversationId,
      conversationNumber: known.number,
      accountId: account.id,
      requestId: crypto.randomUUID(),
      turns: [{ role: 'user', content: text }],
      options,
      isResumable: true,
    }
  }
