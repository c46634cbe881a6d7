import { AppError } from '../../../../shared/errors.ts'
import { MIB } from '../../../../shared/units.ts'
import { administers } from '../../../http/administers.ts'
import { type SocketGuards, socketEntry } from '../../../http/chat-socket/entry.ts'
import { mayUse, requireScope } from '../../../services/accounts/keys.ts'
import { chooseLoop } from '../../../services/agents/choosing.ts'
import type { ModelSizes } from '../../../services/agents/model-sizes.ts'
import { chatSampling, randomSeed } from '../../../services/conversations/answering.ts'
import type { Conversations } from '../../../services/conversations/conversations.ts'
import { createOpening, type OpeningServices } from '../../../services/conversations/opening.ts'
import { DEFAULT_TEMPERATURE, type QuestionAgent } from '../../../services/conversations/question.ts'
import type { SentMessage, SocketContract } from '../../../services/conversations/socket-contract.ts'
import type { Groundings } from '../../../services/documents/grounding.ts'
import type { Grounding } from '../../../services/documents/shown-passages.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { documentIdsIn } from '../grounded-chat.ts'
import { openaiLimits } from '../limits.ts'
import { AskOptions, decodeFrame, spellFrame } from './frames.ts'

/** The name under which a room knows the sockets of `/v1`. */
export const SOCKET_CONTRACT = 'v1'

/** Longest frame of a socket that has said who it is: a message is as long as the edge stores one. */
export const MAX_MEMBER_FRAME_BYTES = 2 * MIB

export interface ConversationSocketServices extends SocketGuards, OpeningServices {
  conversations: Pick<Conversations, 'create' | 'update' | 'messages'>
  groundings: Pick<Groundings, 'ground'>
  inference: Pick<Inference, 'contextTokensOf'>
  modelSizes: Pick<ModelSizes, 'decides'>
}

const samplingOf = ({ temperature = DEFAULT_TEMPERATURE, top_p: topP, seed }: AskOptions) => ({
  ...chatSampling(temperature, seed ?? randomSeed()),
  ...(topP === undefined ? {} : { topP }),
})

/** The socket of `/v1`: a conversation in events, for the console and for whoever wants the same. */
export function conversationSocket(services: ConversationSocketServices): SocketContract {
  const { conversations, chooseModel, groundings, inference, modelSizes } = services
  const open = createOpening(services)

  /** The question: by the message, or by the last one where its answer is made again. */
  async function askedIn({ message, conversation }: SentMessage): Promise<string> {
    if (!message.isAgain) return message.text
    const last = conversation && (await conversations.messages.history(conversation.id, 2))
    const asked = last?.turns.findLast(({ role }) => role === 'user')
    if (!asked) throw new AppError('invalid_request', 'There is no answer to make again.')
    return asked.content
  }

  async function passagesFor(
    { account }: SentMessage,
    { documents }: AskOptions,
    { question, model }: { question: string; model: string },
  ): Promise<Grounding | undefined> {
    if (!documents?.ids && documents?.search !== true) return undefined
    requireScope(account, 'files')
    const documentIds = documentIdsIn(documents.ids, 'documents.ids')
    const caller = { requestId: crypto.randomUUID(), accountId: account.id }
    const contextTokens = await inference.contextTokensOf(model, caller)
    return groundings.ground(account.id, { question, documentIds, contextTokens })
  }

  async function agentFor(
    { account }: SentMessage,
    { agent_type: agentType, documents }: AskOptions,
    { question, model }: { question: string; model: string },
  ): Promise<QuestionAgent | undefined> {
    if (agentType === undefined) return undefined
    if (documents) {
      const words = 'documents cannot be used together with agent_type.'
      throw new AppError('invalid_request', words, { param: 'documents' })
    }
    const decides = await modelSizes.decides(model)
    const loop = chooseLoop(question, { agentType, decides, isGrounded: false })
    const { key } = account
    return loop && { loop, agentType, keyId: key?.id ?? null, mayReadFiles: mayUse(account, 'files') }
  }

  return {
    name: SOCKET_CONTRACT,
    maxFrameBytes: MAX_MEMBER_FRAME_BYTES,
    administers,
    decode: decodeFrame,
    spell: spellFrame,
    // Keys of all kinds, and access tokens; nothing else is a credential of accounts.
    admit: socketEntry(services, { limits: openaiLimits, isForeign: () => false }),
    async toQuestion(sent) {
      const { message, account, conversation, conversationId } = sent
      requireScope(account, 'inference')
      const options = AskOptions.parse(message.more)
      const question = await askedIn(sent)
      const chosen = await chooseModel(account, { named: options.model, kept: conversation?.model })
      const about = { question, model: chosen.id }
      const agent = await agentFor(sent, options, about)
      const grounding = await passagesFor(sent, options, about)
      const { instructions } = options
      const opened = await open({
        account,
        isAdministrator: administers(account),
        conversation,
        conversationId,
        isResumable: true,
        isAgain: message.isAgain,
        reference: message.reference,
        agent,
        ...(grounding && { grounding: [grounding.text], passages: grounding.passages }),
        turns: [
          ...(instructions === undefined ? [] : [{ role: 'system', content: instructions }]),
          ...(message.isAgain ? [] : [{ role: 'user', content: message.text }]),
        ],
        options: { model: chosen.name, sampling: samplingOf(options), maxTokens: options.max_tokens },
      })
      return opened.question
    },
  }
}
