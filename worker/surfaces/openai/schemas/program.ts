import { z } from '@hono/zod-openapi'
import { toOuterNames } from '../../../services/advising/catalogue/field-names.ts'
import {
  AUDIENCES,
  LEVELS,
  MAX_NAME_LENGTH,
  PERIODS,
  type StoredProgram,
} from '../../../services/advising/catalogue/program.ts'
import { MAX_LISTED_PROGRAMS } from '../../../services/advising/catalogue/programs.ts'

export const PROGRAM_PREFIX = 'prog_'

const Source = z
  .object({ name: z.string(), licence: z.string(), address: z.string(), edition: z.string() })
  .openapi('ProgramSource')
const ownSource = Source.optional().openapi({ description: 'Where it differs from the program’s.' })

const Band = z
  .object({ from: z.number(), to: z.number().nullable(), share: z.number() })
  .openapi('AdmittedBand')

const Tuition = z
  .object({
    amount: z.number(),
    currency: z.string().openapi({ description: 'ISO 4217.' }),
    period: z.enum(PERIODS),
    audience: z.enum(AUDIENCES),
    academic_year: z.string().nullable(),
    source: ownSource,
  })
  .openapi('ProgramTuition')

const Requirements = z
  .object({
    minimum_grade: z.object({ value: z.number(), out_of: z.number() }).nullable(),
    tests: z.array(z.object({ name: z.string(), minimum: z.number().nullable() })).nullable(),
    subjects: z.array(z.string()).nullable(),
    text: z.string().nullable(),
    source: ownSource,
  })
  .openapi('ProgramRequirements')

const Admitted = z
  .object({
    access_rate: z.number().nullable(),
    grade_bands: z.array(Band).nullable().openapi({ description: 'On the scale of 0 to 20.' }),
    tariff_bands: z.array(Band).nullable().openapi({ description: 'UCAS tariff points.' }),
    year: z.string().nullable(),
    source: ownSource,
  })
  .openapi('ProgramAdmitted')

const Deadline = z.object({
  intake: z.string().nullable(),
  date: z.string(),
  audience: z.enum(AUDIENCES),
  source: ownSource,
})

/** A program of the catalogue. */
export const ProgramObject = z
  .object({
    id: z.string().openapi({ example: 'prog_5f0c3d2b1a4e6f8091a2b3c4' }),
    object: z.literal('program'),
    source_id: z.string().openapi({ description: 'The register’s own id.' }),
    institution: z.string(),
    country: z.string().openapi({ description: 'ISO 3166, two letters.' }),
    city: z.string().nullable(),
    title: z.string(),
    level: z.enum(LEVELS).nullable(),
    field: z.object({
      isced: z.string().nullable().openapi({ description: 'ISCED-F 2013.' }),
      words: z.string().nullable().openapi({ description: 'As the register says it.' }),
    }),
    languages: z.array(z.string()).nullable().openapi({ description: 'ISO 639.' }),
    duration: z.object({ amount: z.number(), unit: z.enum(['weeks', 'months', 'years']) }).nullable(),
    tuition: z.array(Tuition),
    requirements: Requirements.nullable(),
    admitted: Admitted.nullable(),
    deadlines: z.array(Deadline),
    page: z.string().nullable(),
    source: Source,
  })
  .openapi('Program')

/** A program in this interface's words. */
export const toProgramObject = ({ id, ...program }: StoredProgram): z.infer<typeof ProgramObject> => ({
  id: PROGRAM_PREFIX + id,
  object: 'program',
  // The fields of a program under other names, which the schema above lists one by one.
  ...(toOuterNames(program) as Omit<z.infer<typeof ProgramObject>, 'id' | 'object'>),
})

const word = z.string().min(1).max(MAX_NAME_LENGTH).optional()

export const ProgramQuery = z.strictObject({
  q: z.string().max(MAX_NAME_LENGTH).optional().openapi({
    description: 'Words that are in the title, the institution, the city or the field: all of them.',
  }),
  source: word.openapi({ example: 'cricos' }),
  source_id: word,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'expected two capitals of ISO 3166' })
    .optional(),
  level: z.enum(LEVELS).optional(),
  field: z
    .string()
    .regex(/^\d{2,4}$/, { error: 'expected a code of ISCED-F 2013' })
    .optional()
    .openapi({ description: 'With all that is within it: `06` finds `0613`.' }),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/, { error: 'expected a code of ISO 639' })
    .optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED_PROGRAMS).default(20),
  after: z.string().max(64).optional().openapi({ description: 'The id that the page before ended with.' }),
})

export const ProgramList = z
  .object({
    object: z.literal('list'),
    data: z.array(ProgramObject),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    catalogue_version: z.int(),
  })
  .openapi('ProgramList')

export const ProgramImport = z
  .object({
    object: z.literal('program_import'),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    catalogue_version: z.int(),
  })
  .openapi('ProgramImport')
