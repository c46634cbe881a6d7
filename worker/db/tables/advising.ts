import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A student's profile; nested parts are JSON. */
export const profiles = sqliteTable(
  'profiles',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    status: text('status', { enum: ['draft', 'active', 'archived'] }).notNull(),
    academicRecord: text('academic_record', { mode: 'json' }).$type<unknown>(),
    preferences: text('preferences', { mode: 'json' }).$type<unknown>(),
    /** A client's own words about a draft, as JSON. */
    draftPayload: text('draft_payload', { mode: 'json' }).$type<unknown>(),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('profiles_account').on(table.accountId, table.id)],
)

export const TRANSCRIPT_TYPES = ['application/pdf', 'image/jpeg', 'image/png'] as const

/** Transcripts that students uploaded; their bytes are in R2. */
export const transcripts = sqliteTable(
  'transcripts',
  {
    id: id(),
    /** Random, with the ending of its type: the name under which it is fetched. */
    fileName: text('file_name').notNull().unique(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    originalName: text('original_name').notNull(),
    contentType: text('content_type', { enum: TRANSCRIPT_TYPES }).notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** The task that reads its grades, and what came of it, once it did. */
    gradesTaskId: text('grades_task_id'),
    gradesFound: text('grades_found', { mode: 'json' }).$type<unknown>(),
    createdAt: createdAt(),
  },
  (table) => [
    index('transcripts_grades_task').on(table.gradesTaskId),
    index('transcripts_account').on(table.accountId),
    index('transcripts_created').on(table.createdAt),
  ],
)

/** Recommendations as they were given. */
export const recommendations = sqliteTable(
  'recommendations',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    query: text('query').notNull(),
    result: text('result', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('recommendations_account').on(table.accountId, table.id)],
)

/**
 * The catalogue of programs. `content` is all that is known of one; what lists are filtered by stands beside it. The words of
 * a program are in `program_words` too, a full-text table that triggers keep, because drizzle knows no such tables.
 */
export const programs = sqliteTable(
  'programs',
  {
    /** The key of the row in `program_words`. */
    number: integer('number').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    source: text('source').notNull(),
    sourceId: text('source_id').notNull(),
    institution: text('institution').notNull(),
    title: text('title').notNull(),
    country: text('country').notNull(),
    city: text('city'),
    level: text('level'),
    fieldCode: text('field_code'),
    fieldWords: text('field_words'),
    content: text('content').notNull(),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('programs_id').on(table.id),
    uniqueIndex('programs_source').on(table.source, table.sourceId),
    index('programs_place').on(table.country, table.level),
  ],
)

/** Vectors of programs, and of the fields that they are compared with: of each the latest. */
export const programVectors = sqliteTable('program_vectors', {
  /** Of the program, or of the field. */
  id: text('id').primaryKey(),
  /** The model that it was embedded with, and the hash of its file. */
  model: text('model').notNull(),
  /** When the program that was embedded had last changed. */
  ofUpdate: integer('of_update').notNull(),
  /** The stored form of the library's vectors, in base64: D1 gives bytes as lists of numbers. */
  vector: text('vector').notNull(),
})

/** The one row that says which state of the catalogue is the present one. */
export const catalogue = sqliteTable('catalogue', {
  id: integer('id').primaryKey(),
  /** One more with each change of any program. */
  version: integer('version').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

/** Programs of an import that is under way: all of them come into the catalogue, or none. */
export const programImports = sqliteTable(
  'program_imports',
  {
    importId: text('import_id').notNull(),
    programId: text('program_id').notNull(),
    content: text('content').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.importId, table.programId] }),
    index('program_imports_age').on(table.createdAt),
  ],
)
