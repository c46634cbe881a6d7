import type { Account } from '../accounts/accounts.ts'
import type { ChooseModel } from '../models/model-choice.ts'
import type { AnswerOptions } from './answering.ts'
import { type Conversation, type Conversations, titleOf, UNTITLED } from './conversations.ts'
import { type NewQuestion, type PlainOptions, type Question, questionIn } from './question.ts'

export interface OpeningServices {
  conversations: Pick<Conversations, 'create' | 'update'>
  chooseModel: ChooseModel
}

/** A user's turns, said by request or over a socket. */
export interface Saying
  extends Pick<
    NewQuestion,
    'requestId' | 'turns' | 'isResumable' | 'grounding' | 'passages' | 'agent' | 'isAgain' | 'reference'
  > {
  account: Account
  /** By a credential that administers the deployment. */
  isAdministrator: boolean
  /** Undefined: it begins with what is said. */
  conversation: Conversation | undefined
  /** The id of a conversation that begins, where it was handed out before. */
  conversationId?: string
  options: (Omit<PlainOptions, 'model'> | Omit<AnswerOptions, 'model'>) & {
    model?: string | null | undefined
  }
}

/** A question in a conversation that exists by now. */
export interface Opened {
  question: Question
  /** The model that answers, as the account knows it. */
  modelName: string
}

/**
 * Makes of what is said a question in its conversation, which begins with it where it has not begun, is named by it where nothing
 * has named it, and keeps the model that was named last.
 */
export const createOpening =
  ({ conversations, chooseModel }: OpeningServices) =>
  async ({
    account,
    isAdministrator,
    conversation,
    conversationId: id,
    options,
    ...said
  }: Saying): Promise<Opened> => {
    const wish = { named: options.model, kept: conversation?.model }
    const { id: model, name: modelName } = await chooseModel(account, wish)
    const title = titleOf(said.turns.find(({ role }) => role === 'user')?.content ?? '')
    const begin = () => conversations.create({ accountId: account.id, title, model, ...(id && { id }) })
    const talk = conversation ?? (await begin())
    const begins = conversation ? undefined : talk
    if (conversation?.title === UNTITLED && title !== UNTITLED)
      await conversations.update(account.id, talk.id, { title })
    const asked = { ...said, begins, isModelKept: true, options: { ...options, model } }
    return { question: questionIn(talk, { isAdministrator }, asked), modelName }
  }
