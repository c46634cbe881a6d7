import type { RoomServices } from '../durable/room/room-services.ts'
import { answerByAgent } from '../services/agents/answer-by-agent.ts'
import { generateAnswer } from '../services/conversations/answering.ts'
import { type ChatPrompt, messagesOf } from '../services/conversations/chat-prompt.ts'
import type { Question, QuestionAgent } from '../services/conversations/question.ts'
import { answerFromDataset } from '../services/datasets/analytics.ts'
import { conversationSocket } from '../surfaces/openai/socket/contract.ts'
import { rajoraSocket } from '../surfaces/rajora/socket/contract.ts'
import type { Services } from '../wiring.ts'

/** Tokens of a model of which nothing is known now: it will be refused, or comes back. */
const SOME_CONTEXT_TOKENS = 2_048

/** The services of a conversation's room. */
export function createRoomServices(services: Services): RoomServices {
  const { agentRuns, conversations, datasets, inference, locate, nodes, openRooms, log } = services

  async function* byAgent(
    question: Question,
    { loop, agentType, keyId, mayReadFiles, mcpServers = [] }: QuestionAgent,
    prompt: ChatPrompt,
    signal: AbortSignal,
  ) {
    const { requestId, accountId, isAdministrator, options, completion } = question
    const { model, sampling, maxTokens = null } = options
    const contextTokens = await inference.contextTokensOf(model, { requestId, accountId, isAdministrator })
    return yield* answerByAgent(
      agentRuns,
      {
        ...{
          accountId,
          keyId,
          mayReadFiles,
          mcpServers,
          isAdministrator,
          requestId,
          model,
          sampling,
          maxTokens,
          loop,
          agentType,
        },
        contextTokens: contextTokens ?? SOME_CONTEXT_TOKENS,
        messages: messagesOf(prompt),
        conversationId: question.conversationId,
        sessionId: completion?.sessionId ?? null,
        isDetached: false,
      },
      signal,
    )
  }

  return {
    conversations,
    openRooms,
    locate,
    log,
    nodeName: nodes.nameOf,
    answer: (question, prompt, signal, onPlaced) => {
      const { requestId, accountId, isAdministrator, conversationId, cacheKey, options, dataset, agent } =
        question
      const sessionId = cacheKey ?? conversationId
      const asked = {
        prompt,
        options,
        onPlaced,
        caller: { requestId, accountId, isAdministrator, sessionId },
      }
      if (agent) return byAgent(question, agent, prompt, signal)
      return dataset
        ? answerFromDataset({ inference, datasets }, { ...asked, accountId, datasetId: dataset.id }, signal)
        : generateAnswer(inference, asked, signal)
    },
    sockets: [rajoraSocket(services), conversationSocket(services)],
  }
}
