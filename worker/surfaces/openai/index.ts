import { AppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { bearerOf } from '../../http/auth.ts'
import { UNENFORCED_HEADER } from '../../http/chat-completions/unenforced-tools.ts'
import { documentationOf, documentationRoutes } from '../../http/docs.ts'
import { openaiErrorBody } from '../../http/openai-errors.ts'
import { operationOf } from '../../http/operation.ts'
import { createSurface } from '../../http/surface.ts'
import type { Guards } from '../../http/surface-env.ts'
import type { Accounts } from '../../services/accounts/accounts.ts'
import type { Keys } from '../../services/accounts/keys.ts'
import type { AuditLog } from '../../services/administration/audit-log.ts'
import type { SharedPrompts } from '../../services/administration/shared-prompts.ts'
import type { Notes } from '../../services/agent-tools/own/notes.ts'
import type { AgentRuns } from '../../services/agents/agent-runs.ts'
import type { ModelSizes } from '../../services/agents/model-sizes.ts'
import type { Chat } from '../../services/conversations/chat.ts'
import type { Documents } from '../../services/documents/documents.ts'
import type { Groundings } from '../../services/documents/grounding.ts'
import type { Files } from '../../services/files/files.ts'
import type { Quota } from '../../services/files/quota.ts'
import type { Uploads } from '../../services/files/uploads.ts'
import type { Inference } from '../../services/inference/inference.ts'
import type { McpServers } from '../../services/mcp/mcp-servers.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import type { UsageService } from '../../services/metering/usage.ts'
import type { ModelList } from '../../services/models/model-list.ts'
import type { TunedModels } from '../../services/models/tuned-models.ts'
import type { TunedShares } from '../../services/models/tuned-shares.ts'
import type { Nodes } from '../../services/pool/nodes.ts'
import type { Responses } from '../../services/responses/responses.ts'
import type { Webhooks } from '../../services/webhooks/webhooks.ts'
import type { Workspace } from '../../services/workspace/workspace.ts'
import type { WorkspaceUploads } from '../../services/workspace/workspace-uploads.ts'
import { INTRODUCTION } from './introduction.ts'
import { openaiLimits } from './limits.ts'
import { accountRoutes } from './routes/accounts.ts'
import { agentNoteRoutes } from './routes/agents/notes.ts'
import { agentRunRoutes } from './routes/agents/runs.ts'
import { agentRunStartRoute } from './routes/agents/start.ts'
import { auditRoutes } from './routes/audit.ts'
import { chatRoutes } from './routes/chat.ts'
import { completionRoutes } from './routes/completions.ts'
import {
  type ConversationMessageServices,
  conversationMessageRoutes,
} from './routes/conversations/messages.ts'
import { conversationSocketRoute, SOCKET_ROUTE } from './routes/conversations/socket.ts'
import { documentRoutes } from './routes/documents.ts'
import { embeddingRoutes } from './routes/embeddings.ts'
import { FILES_ROUTE, fileRoutes } from './routes/files.ts'
import { type FineTuningServices, fineTuningRoutes } from './routes/fine-tuning.ts'
import { keyRoutes } from './routes/keys.ts'
import { mcpServerRoutes } from './routes/mcp/servers.ts'
import { modelRoutes } from './routes/models.ts'
import { liveNodesRoute } from './routes/nodes/live.ts'
import { nodeRoutes, type TrainingFigures } from './routes/nodes/nodes.ts'
import { permissionRoutes } from './routes/permissions.ts'
import { PROGRAM_IMPORT_ROUTE, type ProgramServices, programRoutes } from './routes/programs.ts'
import {
  type ConversationListServices,
  conversationListRoutes,
} from './routes/responses/conversation-list.ts'
import { type ConversationServices, conversationRoutes } from './routes/responses/conversations.ts'
import { type ResponseServices, responseRoutes } from './routes/responses/responses.ts'
import { SESSION_DOORS, type SessionServices, sessionRoutes } from './routes/sessions/sessions.ts'
import { sharedPromptRoutes } from './routes/shared-prompts.ts'
import { PARTS_ROUTE, uploadRoutes } from './routes/uploads.ts'
import { usageRoutes } from './routes/usage.ts'
import { fileBatchRoutes, vectorStoreFileRoutes } from './routes/vector-store-files.ts'
import { type StoreServices, vectorStoreRoutes } from './routes/vector-stores.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { PUT_ROUTE, workspaceRoutes } from './routes/workspace.ts'
import { WORKSPACE_PART_ROUTE, workspaceUploadRoutes } from './routes/workspace-uploads.ts'
import { requireScopeFor } from './scopes.ts'

const TITLE = 'Switchyard'
const BASE_PATH = '/v1'
/** Of workspace files. */
const FILE_HEADERS = ['etag', 'last-modified', 'accept-ranges', 'content-range', 'content-disposition']
const LOGIN_ROUTE = 'POST /v1/auth/login'

/** A join token, or the credential that a node got for one. */
const NODE_TOKEN = /^sw[jn]_/
const NO_NODES =
  'What a node is let in by is not taken here: send an API key (sk-… or raj_…) or an access token.'

export interface OpenaiServices
  extends Guards,
    ProgramServices,
    StoreServices,
    SessionServices,
    Pick<ConversationMessageServices, 'toldMessages' | 'branch'> {
  listConversations: ConversationListServices['listConversations']
  accounts: Accounts
  keys: Keys
  inference: Inference
  modelList: ModelList
  tunedModels: TunedModels
  nodes: Nodes
  sharedPrompts: SharedPrompts
  auditLog: Pick<AuditLog, 'list'>
  usage: UsageService
  quota: Pick<Quota, 'usage' | 'total'>
  workspace: Workspace
  workspaceUploads: WorkspaceUploads
  files: Files
  documents: Documents
  groundings: Groundings
  uploads: Uploads
  responses: Responses
  toolbox: ResponseServices['toolbox']
  mcpCalls: ResponseServices['mcpCalls']
  conversations: ConversationServices['conversations']
  chat: Chat
  training: TrainingFigures & FineTuningServices['training']
  tunedShares: TunedShares
  webhooks: Webhooks
  mcpServers: McpServers
  agentRuns: AgentRuns
  modelSizes: ModelSizes
  notes: Notes
  countQuery: (accountId: string) => void
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/** OpenAI's API as its SDKs speak it, and our own administration in the same form. */
export function openaiSurface(services: OpenaiServices) {
  const { accounts, keys, inference, nodes, usage, traffic, log, isDevelopment } = services
  const app = createSurface({
    name: 'openai',
    basePath: BASE_PATH,
    title: TITLE,
    introduction: INTRODUCTION,
    version: '1.0.0',
    errorBody: openaiErrorBody,
    authenticate: async (c) => {
      const credential = bearerOf(c)
      if (NODE_TOKEN.test(credential)) throw new AppError('unauthenticated', NO_NODES)
      const account = await accounts.authenticate(credential)
      requireScopeFor(account, operationOf(c) ?? '')
      return account
    },
    publicRoutes: [...documentationOf(BASE_PATH), LOGIN_ROUTE, ...SESSION_DOORS, SOCKET_ROUTE],
    loginRoutes: [LOGIN_ROUTE, ...SESSION_DOORS],
    guards: services,
    limits: openaiLimits,
    spendingRoutes: [
      'POST /v1/chat/completions',
      'POST /v1/completions',
      'POST /v1/embeddings',
      'POST /v1/responses',
      'POST /v1/agents/runs',
    ],
    bodies: {
      [PUT_ROUTE]: 'raw',
      [WORKSPACE_PART_ROUTE]: 'raw',
      [PROGRAM_IMPORT_ROUTE]: 'raw',
      [FILES_ROUTE]: 'multipart',
      [PARTS_ROUTE]: 'multipart',
    },
    exposedHeaders: [UNENFORCED_HEADER, ...FILE_HEADERS],
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key or an access token.' },
    },
    traffic,
    log,
    isDevelopment,
  })
  chatRoutes(app, services)
  responseRoutes(app, services)
  conversationRoutes(app, services)
  conversationListRoutes(app, services)
  conversationMessageRoutes(app, services)
  conversationSocketRoute(app, services)
  agentRunRoutes(app, services.agentRuns)
  agentRunStartRoute(app, services)
  completionRoutes(app, inference)
  embeddingRoutes(app, inference)
  modelRoutes(app, services)
  keyRoutes(app, accounts, keys)
  accountRoutes(app, accounts)
  sessionRoutes(app, services)
  // Before the route with a parameter, which would take `events` for an id.
  liveNodesRoute(app, nodes)
  nodeRoutes(app, nodes, services.training)
  sharedPromptRoutes(app, services.sharedPrompts)
  usageRoutes(app, usage, services.quota)
  auditRoutes(app, services.auditLog)
  fileRoutes(app, services.files, services.documents)
  documentRoutes(app, services.documents)
  vectorStoreRoutes(app, services)
  vectorStoreFileRoutes(app, services)
  fileBatchRoutes(app, services)
  uploadRoutes(app, services.uploads, services.documents)
  fineTuningRoutes(app, services)
  permissionRoutes(app, services.tunedShares)
  programRoutes(app, services)
  webhookRoutes(app, services.webhooks)
  agentNoteRoutes(app, services.notes)
  mcpServerRoutes(app, services.mcpServers)
  workspaceRoutes(app, services.workspace)
  workspaceUploadRoutes(app, services.workspaceUploads)
  documentationRoutes(app, BASE_PATH, TITLE)
  return app
}
