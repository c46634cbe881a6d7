import { and, desc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { type AdapterTicket, MAX_ADAPTER_PARTS } from '../../../shared/generation.ts'
import { adapterModelId, tunedBaseOf, tunedSuffix } from '../../../shared/node.ts'
import type { StoredFile } from '../../../shared/training.ts'
import { type Db, newId } from '../../db/client.ts'
import { tunedModelShares, tunedModels } from '../../db/tables/tuned-models.ts'
import { ROLES } from '../accounts/account-row.ts'
import { createAudit } from '../audit.ts'
import type { Disposal } from '../files/disposal.ts'
import { type ByteRange, rangeBytes } from '../files/object-bytes.ts'
import type { SignedBytes } from '../files/signed-bytes.ts'
import type { TunedTarget, Viewer } from '../inference/tuned-target.ts'
import { Recent } from '../recent.ts'
import { checkSuffix, nameAt, stemsOf } from './tuned-name.ts'

/** Addresses of an adapter serve all calls of an isolate for so long; each is good for three times as long. */
export const TICKET_CACHE_MS = 300_000
const TICKET_CACHE_ENTRIES = 1_000

/** How long an isolate goes by it that a name which the pool knows is none of these: none that is published later takes it. */
export const NOT_TUNED_CACHE_MS = 60_000
const NOT_TUNED_CACHE_ENTRIES = 1_000

/** Models of a list: of a viewer's own the newest, then of those that are shared with it. Each can be called, listed or not. */
export const MAX_LISTED_MODELS = 1_000

/** A model that came of a job, or of a checkpoint of one. */
export type TunedModel = typeof tunedModels.$inferSelect

/** One as a list has it: without its file. */
export type ListedTunedModel = Pick<TunedModel, 'name' | 'base' | 'kind' | 'accountId' | 'createdAt'>

/** The result of a job, or a checkpoint, as its model is made of it. */
export interface NewTunedModel {
  jobId: string
  accountId: string
  /** The pool's model that was trained. */
  base: string
  /** As its account wishes to call it; null: by the job's id. */
  suffix: string | null
  /** Of a checkpoint; null for the result. */
  step: number | null
  file: StoredFile
  /** Where the parts of the file are in R2, in order. */
  objectKeys: readonly string[]
  /** `clara`: whoever has one of Clara's roles sees it too. */
  visibility: TunedModel['visibility']
  /** Absent: an adapter. */
  kind?: TunedModel['kind']
}

export interface TunedModelsOptions {
  db: Db
  bucket: Pick<R2Bucket, 'get'>
  disposal: Pick<Disposal, 'noting' | 'dispose'>
  signedBytes: Pick<SignedBytes, 'sign'>
  /** Whether the pool's own models have this name, as far as the isolate knows; `near`: by what it knows already. */
  isPoolName: (name: string, how?: 'near') => Promise<boolean>
  /** Tells the nodes that hold adapters that these are no more. */
  withdraw: (ids: readonly string[]) => void
  /** A model of a job is no more: what the job stores is to be counted anew. */
  onRemove: (jobId: string) => void
  now?: () => number
}

export type TunedModels = ReturnType<typeof createTunedModels>

const isAdministrator = ({ isAdministrator = false }: Viewer): boolean => isAdministrator

/** Clara's roles but the administrator's, which counts with a credential that administers alone. */
const TEAM_ROLES = ROLES.filter((role) => role !== 'admin')

/** The models that a viewer has to do with: its own, those shared with it, and those of Clara's jobs for her roles. */
function usableBy(viewer: Viewer): SQL | undefined {
  const { accountId } = viewer
  const isShared = sql`exists (select 1 from ${tunedModelShares}
    where ${tunedModelShares.modelId} = ${tunedModels.id} and ${tunedModelShares.accountId} = ${accountId})`
  const hasRole = sql`exists (select 1 from accounts, json_each(accounts.roles) role
    where accounts.id = ${accountId} and role.value in ${TEAM_ROLES})`
  const isOfTeam = and(eq(tunedModels.visibility, 'clara'), isAdministrator(viewer) ? undefined : hasRole)
  return or(eq(tunedModels.accountId, accountId), isShared, isOfTeam)
}

/** The models that exist for a viewer. */
const visibleTo = (viewer: Viewer): SQL | undefined =>
  isAdministrator(viewer) ? undefined : usableBy(viewer)

const noSuchModel = (name: string) =>
  new AppError('model_not_found', `The model '${name}' does not exist.`, { param: 'model' })

/** Those of these models, by id, that are no more. */
export async function missingAdapters(db: Db, ids: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: tunedModels.id })
    .from(tunedModels)
    .where(sql`${tunedModels.id} in (select value from json_each(${JSON.stringify(ids)}))`)
  const known = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !known.has(id))
}

/**
 * The models that were trained on the pool. Each has one name, and exists for its account, those that it is shared with,
 * administrators and, where it came of a job of Clara's, for whoever has one of her roles: for nobody else.
 */
export function createTunedModels(options: TunedModelsOptions) {
  const { db, bucket, disposal, signedBytes, isPoolName, withdraw, onRemove, now = Date.now } = options
  const audit = createAudit(db, now)
  const tickets = new Recent<AdapterTicket>(TICKET_CACHE_MS, TICKET_CACHE_ENTRIES, now)
  const notTuned = new Recent<boolean>(NOT_TUNED_CACHE_MS, NOT_TUNED_CACHE_ENTRIES, now)

  const ofJob = async (jobId: string, step: number | null): Promise<TunedModel | undefined> => {
    const [row] = await db
      .select()
      .from(tunedModels)
      .where(and(eq(tunedModels.jobId, jobId), sql`coalesce(${tunedModels.step}, 0) = ${step ?? 0}`))
    return row
  }

  /** The name that a job's models have already; undefined before the first of them. */
  const stemOfJob = async (jobId: string): Promise<string | undefined> => {
    const [row] = await db
      .select({ stem: tunedModels.stem })
      .from(tunedModels)
      .where(eq(tunedModels.jobId, jobId))
      .limit(1)
    return row?.stem
  }

  /** False where another job's models have the name, or this model is there already. */
  async function insert(row: TunedModel): Promise<boolean> {
    const { meta } = await db.run(sql`
      INSERT INTO tuned_models
        (id, account_id, job_id, step, base, stem, name, visibility, kind, file, object_keys, created_at)
      SELECT ${row.id}, ${row.accountId}, ${row.jobId}, ${row.step}, ${row.base}, ${row.stem}, ${row.name},
        ${row.visibility}, ${row.kind}, ${JSON.stringify(row.file)}, ${JSON.stringify(row.objectKeys)}, ${row.createdAt}
      WHERE NOT EXISTS (SELECT 1 FROM tuned_models WHERE stem = ${row.stem} AND job_id <> ${row.jobId})
      ON CONFLICT DO NOTHING`)
    return meta.changes > 0
  }

  /** A model of this name that the viewer may know of. */
  async function find(name: string, viewer: Viewer): Promise<TunedModel | undefined> {
    // Most calls name a model of the pool: of those the database is asked once in a while.
    const isKnownElsewhere =
      (await isPoolName(name, 'near')) &&
      (await notTuned.get(name, async () => (await db.$count(tunedModels, eq(tunedModels.name, name))) === 0))
    if (isKnownElsewhere) return undefined
    const [row] = await db
      .select()
      .from(tunedModels)
      .where(and(eq(tunedModels.name, name), visibleTo(viewer)))
    return row
  }

  const ticketOf = ({ id, file, objectKeys }: TunedModel): Promise<AdapterTicket> =>
    tickets.get(id, async () => ({
      file,
      tokens: await Promise.all(objectKeys.map((key) => signedBytes.sign({ key, method: 'GET' }))),
    }))

  async function target(name: string, viewer: Viewer): Promise<TunedTarget | undefined> {
    if (tunedBaseOf(name) !== undefined) throw noSuchModel(name)
    const model = await find(name, viewer)
    if (!model) return undefined
    if (model.kind !== 'adapter') {
      const message = `The model '${name}' is a file of all its weights, which no node serves: download it.`
      throw new AppError('invalid_request', message, { param: 'model' })
    }
    return {
      name,
      base: model.base,
      model: adapterModelId(model.base, tunedSuffix(model.id)),
      ticket: () => ticketOf(model),
      exists: async () => (await find(name, viewer))?.id === model.id,
    }
  }

  /** The model of a viewer who may do everything with it. Throws `model_not_found`, or `forbidden` for one that may only use it. */
  async function owned(name: string, viewer: Viewer): Promise<TunedModel> {
    const model = await find(name, viewer)
    if (!model) throw noSuchModel(name)
    if (model.accountId === viewer.accountId || isAdministrator(viewer)) return model
    throw new AppError('forbidden', `The model '${name}' belongs to another account.`, { param: 'model' })
  }

  /** Deletes a model, its bytes and what nodes keep of it, with statements of its batch. */
  async function end(
    { id, jobId }: Pick<TunedModel, 'id' | 'jobId'>,
    before: readonly BatchItem<'sqlite'>[] = [],
  ): Promise<void> {
    // A checkpoint may be the result as well: what another model of the job has stays.
    const keys = sql`select own.value as key from tuned_models, json_each(tuned_models.object_keys) own
      where tuned_models.id = ${id} and own.value not in (
        select kept.value from tuned_models other, json_each(other.object_keys) kept
        where other.job_id = ${jobId} and other.id <> ${id})`
    const [gone] = await db.batch([
      disposal.noting(keys),
      ...before,
      db.delete(tunedModels).where(eq(tunedModels.id, id)),
    ])
    await disposal.dispose(gone.map(({ key }) => key))
    withdraw([id])
  }

  return {
    /**
     * Makes a model of a job's result, or of a checkpoint: its name is `<base>:<suffix>`, with a short id of the job where
     * that is taken, and `.step-40` behind it for a checkpoint. The same again is the same model. Throws `invalid_request`.
     */
    async publish(given: NewTunedModel): Promise<TunedModel> {
      const { suffix, kind = 'adapter', objectKeys, ...same } = given
      const { jobId, step, base } = given
      if (suffix !== null) checkSuffix(suffix)
      if (kind === 'adapter' && given.file.parts.length > MAX_ADAPTER_PARTS) {
        throw new AppError('too_large', `An adapter has at most ${MAX_ADAPTER_PARTS} parts.`)
      }
      const known = await ofJob(jobId, step)
      if (known) return known
      const stem = await stemOfJob(jobId)
      for (const candidate of stem === undefined ? stemsOf(base, suffix, jobId) : [stem]) {
        if (stem === undefined && (await isPoolName(candidate))) continue
        const row: TunedModel = {
          ...same,
          id: newId(),
          stem: candidate,
          name: nameAt(candidate, step),
          kind,
          objectKeys: [...objectKeys],
          createdAt: now(),
        }
        if (await insert(row)) return row
        // Another message of the same job was faster.
        const twin = await ofJob(jobId, step)
        if (twin) return twin
      }
      throw new AppError('conflict', 'Every name of this job is taken.')
    },

    find,
    owned,
    target,

    /** The models that a viewer may use, at most `MAX_LISTED_MODELS`: its own, those shared with it, and those of Clara's jobs for her roles. */
    list: (viewer: Viewer): Promise<ListedTunedModel[]> =>
      db
        .select({
          name: tunedModels.name,
          base: tunedModels.base,
          kind: tunedModels.kind,
          accountId: tunedModels.accountId,
          createdAt: tunedModels.createdAt,
        })
        .from(tunedModels)
        .where(usableBy(viewer))
        // A viewer's own first: others may share as many with it as they like.
        .orderBy(desc(eq(tunedModels.accountId, viewer.accountId)), desc(tunedModels.id))
        .limit(MAX_LISTED_MODELS),

    /** Whether a name is that of any of them, whoever may see it. */
    isTaken: async (name: string): Promise<boolean> =>
      (await db.$count(tunedModels, eq(tunedModels.name, name))) > 0,

    /** One that a job of an account may begin with, by its id: one of its own. */
    async findForJob(accountId: string, id: string): Promise<TunedModel | undefined> {
      const [row] = await db
        .select()
        .from(tunedModels)
        .where(and(eq(tunedModels.id, id), eq(tunedModels.accountId, accountId)))
      return row
    },

    /** The objects of a job that are parts of its models. */
    async objectKeysOf(jobId: string): Promise<string[]> {
      const rows = await db
        .select({ objectKeys: tunedModels.objectKeys })
        .from(tunedModels)
        .where(eq(tunedModels.jobId, jobId))
      return [...new Set(rows.flatMap(({ objectKeys }) => objectKeys))]
    },

    /** The bytes of a model's file, or a range of them. Throws `not_found` where they are gone. */
    read: (
      { file, objectKeys }: TunedModel,
      range: ByteRange = { offset: 0, length: file.bytes },
    ): Promise<ReadableStream<Uint8Array>> =>
      rangeBytes(
        bucket,
        file.parts.map((part, index) => ({ key: objectKeys[index] ?? '', bytes: part.bytes })),
        range,
      ),

    /** Ends a model everywhere: its name, its bytes, and what nodes keep of it. Throws what `owned` does. */
    async remove(name: string, viewer: Viewer): Promise<void> {
      const { id, jobId } = await owned(name, viewer)
      const entry = { actorId: viewer.accountId, action: 'model.delete', target: name }
      await end({ id, jobId }, [audit.rowWhere(entry, tunedModels, eq(tunedModels.id, id))])
      onRemove(jobId)
    },

    /** Takes back the model of a job's result, where that has not completed in the end. */
    async removeResult(jobId: string): Promise<void> {
      const model = await ofJob(jobId, null)
      if (model) await end(model)
    },
  }
}
