import { causeOf } from '../shared/failure-cause.ts'
import type { Logger } from '../shared/log.ts'
import type { Config } from './env.ts'
import { createAccounts } from './services/accounts/accounts.ts'
import { createClerk } from './services/accounts/clerk.ts'
import { seedDevelopment } from './services/accounts/development.ts'
import { createKeys } from './services/accounts/keys.ts'
import { createLoginGuard } from './services/accounts/login-guard.ts'
import { createPasswordChange } from './services/accounts/password-change.ts'
import { createSessionStore } from './services/accounts/session-store.ts'
import { createSessions } from './services/accounts/sessions.ts'
import { createTokens } from './services/accounts/tokens.ts'
import { createAuditLog } from './services/administration/audit-log.ts'
import { createDayTokens } from './services/administration/day-tokens.ts'
import { createSettings, type SettingsService } from './services/administration/settings.ts'
import { createSharedPrompts } from './services/administration/shared-prompts.ts'
import { createStats } from './services/administration/stats.ts'
import { createStorageLimits } from './services/administration/storage-limits.ts'
import { createWording } from './services/advising/recommending/drafting.ts'
import { createBranching } from './services/conversations/branching.ts'
import { createChat } from './services/conversations/chat.ts'
import { createConversations } from './services/conversations/conversations.ts'
import { type ListedPage, listConversations } from './services/conversations/listing.ts'
import { createOpenRooms } from './services/conversations/open-rooms.ts'
import { createToldMessages } from './services/conversations/told-messages.ts'
import { createDatasets } from './services/datasets/datasets.ts'
import { createAssembling } from './services/documents/assembling.ts'
import { DOCUMENT_TASKS } from './services/documents/reading.ts'
import { createFiles, type Files } from './services/files/files.ts'
import { createQuota, type Quota } from './services/files/quota.ts'
import { createSignedObjects } from './services/files/signed-objects.ts'
import { createUploads } from './services/files/uploads.ts'
import { createIdempotency } from './services/idempotency.ts'
import { createInference } from './services/inference/inference.ts'
import { createPromptCaches } from './services/inference/prompt-caches.ts'
import type { CallRecord } from './services/metering/call-record.ts'
import { createTraffic } from './services/metering/traffic.ts'
import { createUsage, type UsageService } from './services/metering/usage.ts'
import { createCatalogue } from './services/models/catalogue.ts'
import { createModelChoice } from './services/models/model-choice.ts'
import { createModelList } from './services/models/model-list.ts'
import { createModelRecords } from './services/models/model-records.ts'

import { createPrices, type Prices } from './services/models/prices.ts'
import { createTunedModels } from './services/models/tuned-models.ts'

import { createTunedShares } from './services/models/tuned-shares.ts'
import { createDirectory } from './services/pool/directory.ts'
import { createNodes } from './services/pool/nodes.ts'
import type { Tasks, TaskTaker } from './services/tasks/tasks.ts'
import { createFineTuneRecords } from './services/training/fine-tune-records.ts'
import { isHeld } from './services/training/job-states.ts'
import { createJobStore } from './services/training/job-store.ts'
import { createTraining } from './services/training/training.ts'
import { createWorkspace, type Workspace } from './services/workspace/workspace.ts'
import { createWorkspaceUploads } from './services/workspace/workspace-uploads.ts'
import { wireAdvising } from './wiring/advising.ts'
import { wireAgentTools } from './wiring/agent-tools.ts'
import { wireAgents } from './wiring/agents.ts'
import { wireDocuments } from './wiring/documents.ts'
import { createGround, type Ground, sealingSecrets } from './wiring/ground.ts'
import { wireLibrary } from './wiring/library.ts'
import { wireMcp } from './wiring/mcp.ts'
import { wireResponses } from './wiring/responses.ts'
import { wireSearchDatasets } from './wiring/search-datasets.ts'
import { sweepAll } from './wiring/sweep-all.ts'
import { wireTasks } from './wiring/tasks.ts'
import { wireWebhooks } from './wiring/webhooks.ts'

export type Services = ReturnType<typeof createServices>

function clerkOf(config: Config, log: Logger) {
  const {
    CLERK_ISSUER: issuer,
    CLERK_JWKS_URL: jwksUrl,
    CLERK_AUTHORIZED_PARTIES: authorizedParties,
  } = config
  if (!issuer) return undefined
  return createClerk({
    issuer,
    jwksUrl,
    authorizedParties,
    takesMissingParty: config.CLERK_ALLOW_MISSING_PARTY,
    log,
  })
}

function wireAccounts({ config, isDevelopment, db, stubs, audit, limiter, later, log }: Ground) {
  const openRooms = createOpenRooms(db)
  /** Sockets sleep, and are told when a credential of their account may have ended. */
  const onChange = (accountId: string) =>
    later(
      openRooms
        .recheck(accountId, stubs.chatRoom)
        .catch((thrown) => log.error('rooms.not_told', { cause: causeOf(thrown) })),
    )
  const keys = createKeys(db, onChange)
  const tokens = createTokens(config.JWT_SECRET, {
    previousSecret: config.JWT_SECRET_PREVIOUS,
    lifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
  })
  const loginGuard = createLoginGuard(limiter)
  const store = createSessionStore(db)
  const accounts = createAccounts({
    db,
    tokens,
    keys,
    audit,
    loginGuard,
    sessions: store,
    later,
    onChange,
    admitsSeeded: isDevelopment,
  })
  /** Present when the deployment takes Clerk's tokens. */
  const clerk = clerkOf(config, log)
  return {
    accounts,
    keys,
    /** Browsers that are signed in. */
    sessions: createSessions({ store, accounts, loginGuard, tokens, onEnd: onChange }),
    changePassword: createPasswordChange({ db, loginGuard, onChange }),
    clerk,
    openRooms: { ...openRooms, recount: onChange },
  }
}

function wireIdempotency({ config, db, later }: Ground) {
  return createIdempotency(db, { secrets: sealingSecrets(config), later })
}

function wireMetering({ db, log, limiter, later }: Ground, prices: Prices) {
  return {
    usage: createUsage(db, { log, limiter, priceOf: prices.of }),
    traffic: createTraffic(db, { later, log }),
  }
}

function wirePool(
  ground: Ground,
  usage: UsageService,
  prices: Prices,
  recount: (jobId: string) => Promise<void>,
) {
  const { config, db, bucket, disposal, signedBytes, stubs, audit, listRegions, pool, later, log } = ground
  const directory = createDirectory({ listRegions, pool: stubs.pool })
  const { nodeLink } = stubs
  const sharedPrompts = createSharedPrompts(db, audit)
  const cacheOf = createPromptCaches({ secret: config.JWT_SECRET, sharedPrompts: sharedPrompts.list })
  const nodes = createNodes({ db, audit, nodeLink, directory })
  const tunedModels = createTunedModels({
    db,
    bucket,
    disposal,
    signedBytes,
    async isPoolName(name, how) {
      const regions = how === 'near' ? [await pool.home()] : await pool.all()
      return regions.some(({ models }) => models.has(name))
    },
    withdraw: (ids) =>
      later(
        nodes
          .withdrawAdapters(ids)
          .catch((thrown) => log.error('adapters.not_withdrawn', { cause: causeOf(thrown) })),
      ),
    onRemove: (jobId) =>
      later(recount(jobId).catch((thrown) => log.error('storage.not_recounted', { cause: causeOf(thrown) }))),
  })
  const findTuned = tunedModels.target
  /** The pool, for calls that are written down otherwise than at once. */
  const inferenceMeteredBy = (meter: (call: CallRecord) => Promise<void>) =>
    createInference({ nodeLink, later, pool, cacheOf, findTuned, log, meter })
  const inference = inferenceMeteredBy(usage.record)
  return {
    directory,
    nodes,
    inference,
    inferenceMeteredBy,
    tunedModels,
    tunedShares: createTunedShares(db, tunedModels),
    modelList: createModelList({ inference, tunedModels }),
    sharedPrompts,
    /** Says where requests come in, so that they are run near by. */
    locate: pool.locate,
    places: () => pool.places,
    /** The pool's models with what was measured of them. */
    catalogue: createCatalogue({ pool, usage, prices, tunedModels }),
  }
}

function wireConversations(
  { db, bucket, stubs, webhookEvents, later, log }: Ground,
  quota: Quota,
  places: () => readonly string[],
) {
  const conversations = createConversations(db, webhookEvents)
  return {
    conversations,
    chat: createChat({ chatRoom: stubs.chatRoom, places, later, log }),
    /** Counts a message to a model that no conversation keeps, after the answer has begun. */
    countQuery: (accountId: string) =>
      later(
        conversations.messages
          .countQuery(accountId)
          .catch((thrown) => log.error('query.uncounted', { cause: causeOf(thrown) })),
      ),
    toldMessages: createToldMessages(db),
    branch: createBranching(db, conversations),
    listConversations: (accountId: string, page: ListedPage) => listConversations(db, accountId, page),
    datasets: createDatasets({ db, bucket, quota, datasetTable: stubs.datasetTable }),
  }
}

function wireTraining(
  { db, bucket, signedBytes, stubs, limiter, webhookEvents, later, log }: Ground,
  { usage, settings }: { usage: UsageService; settings: SettingsService },
  { quota, workspace, files }: { quota: Quota; workspace: Workspace; files: Files },
  { directory, tunedModels, inference }: ReturnType<typeof wirePool>,
) {
  return createTraining({
    ...{ db, bucket, signedBytes, webhookEvents, later, log, usage, quota, workspace, directory, inference },
    dayTokens: createDayTokens({ db, limiter, settings }),
    accountFiles: files,
    tunedModels: { ...tunedModels, find: tunedModels.findForJob, findByName: tunedModels.find },
    nodeLink: stubs.nodeLink,
    trainingRun: stubs.trainingRun,
    ring: stubs.ringTraining,
  })
}

function wireFiles(
  { db, bucket, disposal, signedBytes }: Ground,
  quota: Quota,
  tasks: Pick<Tasks, 'isCurrent'>,
) {
  const { find: findJob } = createJobStore(db)
  const stored = { db, bucket, disposal, quota }
  const workspace = createWorkspace(stored)
  return {
    disposal,
    /** Files under paths of their account's own. */
    workspace,
    workspaceUploads: createWorkspaceUploads({ db, bucket, quota, workspace }),
    /** Files with an id and an end that they serve. */
    files: createFiles(stored),
    uploads: createUploads({ ...stored, assembly: createAssembling({ db, bucket }) }),
    /** The bytes that nodes fetch. */
    signedObjects: createSignedObjects({
      bucket,
      signedBytes,
      isCurrent: async (jobId, attempt) => {
        const job = await findJob(jobId)
        return job?.attempt === attempt && isHeld(job.state)
      },
      isCurrentTask: tasks.isCurrent,
    }),
  }
}

/** Builds every service by hand, in order. */
export function createServices(env: Cloudflare.Env, config: Config) {
  const ground = createGround(env, config)
  const { db, log, limiter, audit, isDevelopment } = ground
  const accounts = wireAccounts(ground)
  const idempotency = wireIdempotency(ground)
  const webhooks = wireWebhooks(ground)
  const mcp = wireMcp(ground)
  const prices = createPrices({ pool: ground.pool, settings: { get: () => settings.get() } })
  const metering = wireMetering(ground, prices)
  const pool = wirePool(ground, metering.usage, prices, (jobId) => training.recount(jobId))
  // What is the default model must be none of an account's own: so it comes after those.
  const auditLog = createAuditLog(db)
  const settings = createSettings(db, audit, Date.now, pool.tunedModels.isTaken)
  const modelRecords = createModelRecords(db)
  const quota = createQuota({ db, limitsOf: createStorageLimits(db, settings) })
  const conversations = wireConversations(ground, quota, pool.places)
  /** Who is told of the end of a task, by its owner. */
  const takers = new Map<string, TaskTaker>()
  const tasks = wireTasks(ground, pool.directory.snapshot, takers)
  const files = wireFiles(ground, quota, tasks)
  const documents = wireDocuments(ground, files, tasks)
  takers.set(DOCUMENT_TASKS, documents.documentReading)
  const agents = wireAgents(ground, pool)
  const dayTokens = createDayTokens({ db, limiter, settings })
  const training = wireTraining(ground, { ...metering, settings }, { quota, ...files }, pool)
  const library = wireLibrary(ground, pool.inference, tasks, takers)
  const { inference, places } = pool
  const tools = wireAgentTools(ground, { ...conversations, tasks, sources: [mcp.mcpTools.source] })
  const responses = wireResponses(ground, {
    ...{ inference, places, countQuery: conversations.countQuery },
    hosted: { ...documents, ...tools, ...mcp },
  })
  const advising = wireAdvising(ground, quota, library.embedding, tasks, takers)
  const datasets = wireSearchDatasets(ground, { quota, ...files }, { settings, inference: pool.inference })
  return {
    log,
    limiter,
    idempotency,
    webhooks,
    ...datasets,
    settings,
    ...accounts,
    ...metering,
    ...pool,
    ...conversations,
    ...advising,
    /** Room for everything that accounts store. */
    quota,
    ...files,
    ...documents,
    ...mcp,
    ...tools,
    responses,
    ...agents,
    dayTokens,
    modelRecords,
    training,
    /** Work on files that nodes do. */
    tasks,
    /** The work that accounts' libraries ask of the pool. */
    library,
    fineTuneRecords: createFineTuneRecords(db),
    /** Words the reasons of a recommendation with a model. */
    wordingFor: (model: string, account: { id: string }, requestId: string) =>
      createWording(pool.inference, { model, caller: { requestId, accountId: account.id }, log }),
    chooseModel: createModelChoice({ modelRecords, settings, inference: pool.inference }),
    /** The record of changes. */
    auditLog,
    /** Figures for administrators. */
    stats: createStats(db, { ...metering, inference: pool.inference }),
    isDevelopment,
    claraSecurityMode:
      config.CLARA_SECURITY_MODE ?? (isDevelopment ? ('development' as const) : ('production' as const)),
    /** The administrator of a development machine, by its key. */
    developer: async () =>
      isDevelopment && config.DEV_API_KEY
        ? await accounts.accounts.authenticate(config.DEV_API_KEY).catch(() => undefined)
        : undefined,
    /** To be done before the first request is answered. */
    prepare: async () => {
      if (isDevelopment) await seedDevelopment({ db, ...accounts }, config.DEV_API_KEY)
    },
    /** Deletes what has had its time; the clock calls it. */
    sweep: () =>
      sweepAll(
        {
          sessions: () => accounts.sessions.sweep(),
          calls: () => metering.usage.sweep(),
          auditLog: () => auditLog.sweep(),
          idempotentAnswers: () => idempotency.sweep(),
          orphanedFiles: () => conversations.datasets.sweep(),
          storageReservations: () => quota.sweep(),
          orphanedVersions: () => files.workspace.sweep(),
          orphanedParts: () => files.files.sweep(),
          expiredFiles: () => files.files.sweepExpired(),
          agentRuns: () => agents.agentRuns.sweep(),
          expiredUploads: () => files.uploads.sweep(),
          expiredWorkspaceUploads: () => files.workspaceUploads.sweep(),
          trainingObjects: () => training.sweep(),
          tasks: () => tasks.sweep(),
          disposedObjects: () => files.disposal.sweep(),
          unnamedTranscripts: () => advising.transcripts.sweep(),
          documentsLeftBehind: () => documents.documentSweep.sweep(),
          fileBatches: () => documents.fileBatches.sweep(),
          brokenImports: () => advising.programImport.sweep(),
          expiredResponses: () => responses.sweep(),
          webhookMessages: () => webhooks.sweep(),
          orphanedDatasetRows: () => datasets.sweepDatasetPieces(),
          webhookSecrets: () => webhooks.reseal(),
          mcpSecrets: () => mcp.mcpServers.reseal(),
        },
        log,
      ),
  }
}
