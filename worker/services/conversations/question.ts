import { requireScope } from '../accounts/keys.ts'
import { modelFor } from '../models/model-binding.ts'
import { type AnswerOptions, chatSampling } from './answering.ts'
import type { Question } from './chat.ts'
import { type Conversations, titleOf } from './conversations.ts'
import type { SentMessage } from './socket-contract.ts'

/** What the first message of a chat that names no temperature is answered with. */
export const DEFAULT_TEMPERATURE = 0.7

/** A message over a socket as a question, in its conversation, which begins with it where it has not begun. */
export const socketQuestion =
  (conversations: Conversations, defaultModel: () => Promise<string>) =>
  async ({ message, account, conversationId, conversation }: SentMessage): Promise<Question> => {
    const { text, temperature, maxTokens } = message
    requireScope(account, 'inference')
    const named =
      message.model === undefined ? account.key?.model?.baseModel : modelFor(account, message.model)
    const model = named ?? conversation?.model ?? (await defaultModel())
    const known =
      conversation ??
      (await conversations.create({ id: conversationId, accountId: account.id, title: titleOf(text), model }))
    const options: AnswerOptions = {
      model,
      sampling: chatSampling(temperature ?? DEFAULT_TEMPERATURE),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    }
    return {
      conversationId,
      conversationNumber: known.number,
      accountId: account.id,
      requestId: crypto.randomUUID(),
      turns: [{ role: 'user', content: text }],
      options,
      ...(conversation ? {} : { begins: known }),
      // The frames that follow need not name it again.
      isModelKept: true,
      isResumable: true,
    }
  }
