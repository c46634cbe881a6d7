import { and, count, desc, eq, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { trainingJobs } from '../../db/tables/training.ts'
import { MAX_READ_BYTES } from '../conversations/read-messages.ts'
import { type JobRow, type JobState, jobOf, type TrainingJob, type TrainingSurface } from './training-job.ts'

/** Who looks at jobs. */
export interface JobViewer {
  accountId: string
  /** Everybody's, not only its own. */
  seesAll?: boolean
  /** Those alone that were made by this contract. */
  surface?: TrainingSurface
}

export interface JobFilter {
  limit: number
  offset?: number | undefined
  /** Those older than the job with this id. */
  after?: string | undefined
  states?: readonly JobState[] | undefined
  /** Those whose result lies at this path of the workspace. */
  outputPath?: string | undefined
  /** Those that have all of these; null: those that have none at all. */
  metadata?: Readonly<Record<string, string>> | null | undefined
}

/** A job as lists that show little of each one read it: a page of a thousand is some hundred kilobytes. */
export interface BriefJob extends Pick<TrainingJob, 'id' | 'state' | 'createdAt'> {
  /** How much is done, 0 to 100; null before it has begun. */
  percent: number | null
  /** The fields of the surface's words that were asked for. */
  request: unknown
}

/** The columns of a job without a bound of a few bytes. */
const LONG_COLUMNS = [
  trainingJobs.plan,
  trainingJobs.request,
  trainingJobs.tags,
  trainingJobs.metadata,
  trainingJobs.inputs,
  trainingJobs.faults,
  trainingJobs.refusals,
  trainingJobs.blocked,
  trainingJobs.settings,
  trainingJobs.checkpoint,
  trainingJobs.error,
]

/** The bytes of a job's row, which the database knows without reading them. */
export const jobBytes: SQL = sql.join(
  LONG_COLUMNS.map((column) => sql`coalesce(octet_length(${column}), 0)`),
  sql` + `,
)

const newestFirst = [desc(trainingJobs.createdAt), desc(trainingJobs.id)]

/** The jobs that exist for a viewer. */
export const seenBy = ({ accountId, seesAll, surface }: JobViewer): SQL | undefined =>
  and(
    seesAll ? undefined : eq(trainingJobs.accountId, accountId),
    surface && eq(trainingJobs.surface, surface),
  )

function matching(viewer: JobViewer, filter: Omit<JobFilter, 'limit' | 'offset' | 'after'>) {
  const { states, outputPath, metadata } = filter
  const pairs = Object.entries(metadata ?? {}).map(
    ([key, value]) =>
      sql`exists (select 1 from json_each(${trainingJobs.metadata}) where json_each.key = ${key} and json_each.value = ${value})`,
  )
  return and(
    seenBy(viewer),
    states && inArray(trainingJobs.state, [...states]),
    outputPath === undefined ? undefined : sql`${trainingJobs.plan} ->> '$.outputPath' = ${outputPath}`,
    metadata === null ? isNull(trainingJobs.metadata) : undefined,
    ...pairs,
  )
}

/** Lists of jobs; `visible` finds the one that a page begins behind, and throws for one that its viewer may not see. */
export function createJobList(db: Db, visible: (viewer: JobViewer, id: string) => Promise<JobRow>) {
  async function older(viewer: JobViewer, after: string | undefined): Promise<SQL | undefined> {
    if (after === undefined) return undefined
    const { createdAt, id } = await visible(viewer, after)
    return or(
      lt(trainingJobs.createdAt, createdAt),
      and(eq(trainingJobs.createdAt, createdAt), lt(trainingJobs.id, id)),
    )
  }

  return {
    /** The newest first: as many as `MAX_READ_BYTES` hold, but one at least. */
    async list(viewer: JobViewer, filter: JobFilter) {
      const { limit, offset = 0, after } = filter
      const where = matching(viewer, filter)
      const found = db
        .select({ id: trainingJobs.id, at: trainingJobs.createdAt, bytes: jobBytes.as('bytes') })
        .from(trainingJobs)
        .where(and(where, await older(viewer, after)))
        .orderBy(...newestFirst)
        // One more than is wanted tells whether there are more.
        .limit(limit + 1)
        .offset(offset)
        .as('found')
      const inOrder = sql`order by ${desc(found.at)}, ${desc(found.id)}`
      const weighed = db
        .select({
          id: found.id,
          sum: sql<number>`sum(${found.bytes}) over (${inOrder})`.as('sum'),
          place: sql<number>`row_number() over (${inOrder})`.as('place'),
          all: sql<number>`count(*) over ()`.as('all_found'),
        })
        .from(found)
        .as('weighed')
      const [rows, total] = await Promise.all([
        db
          .select({ job: trainingJobs, all: weighed.all })
          .from(trainingJobs)
          .innerJoin(weighed, eq(trainingJobs.id, weighed.id))
          .where(
            sql`${weighed.place} <= ${limit} and (${weighed.sum} <= ${MAX_READ_BYTES} or ${weighed.place} = 1)`,
          )
          .orderBy(...newestFirst),
        db.$count(trainingJobs, where),
      ])
      return { jobs: rows.map(({ job }) => jobOf(job)), total, hasMore: rows.length < (rows[0]?.all ?? 0) }
    },

    /** The newest first, with these fields of their requests alone. */
    async listBriefly(
      viewer: JobViewer,
      { limit, offset = 0, after, ...filter }: JobFilter,
      fields: readonly string[],
    ): Promise<{ jobs: BriefJob[]; total: number }> {
      const where = matching(viewer, filter)
      const { id, state, createdAt, progress, request } = trainingJobs
      const asked = fields.map((field) => sql`${field}, json_extract(${request}, ${`$.${field}`})`)
      const [rows, total] = await Promise.all([
        db
          .select({
            id,
            state,
            createdAt,
            percent: sql<number | null>`json_extract(${progress}, '$.percent')`,
            request: sql<string>`json_object(${sql.join(asked, sql`, `)})`,
          })
          .from(trainingJobs)
          .where(and(where, await older(viewer, after)))
          .orderBy(...newestFirst)
          .limit(limit)
          .offset(offset),
        db.select({ all: count() }).from(trainingJobs).where(where),
      ])
      const jobs = rows.map((row) => ({ ...row, request: JSON.parse(row.request) as unknown }))
      return { jobs, total: total[0]?.all ?? 0 }
    },
  }
}
