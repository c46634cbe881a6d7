import { z } from 'zod'
import { isVisible } from '../../../../shared/visible-text.ts'
import { isFieldCode } from './fields.ts'
import { isLanguage } from './languages.ts'
import { isCurrency } from './money.ts'
import { isCountry } from './places.ts'

/** Characters of a name, of a sentence, of an address, and of a longer text. */
export const MAX_NAME_LENGTH = 300
export const MAX_ID_LENGTH = 128
export const MAX_ADDRESS_LENGTH = 2_048
export const MAX_TEXT_LENGTH = 2_000
/** Items of each list of a program. */
export const MAX_LIST_ITEMS = 20
/** The largest sum, in any currency. */
export const MAX_AMOUNT = 1e9

/** All that is kept of a program: what is recommended is kept whole, fifty programs in a row. */
export const MAX_PROGRAM_BYTES = 16 * 1024

/** Programs of one file. */
export const MAX_IMPORT_ROWS = 100_000

/** Faults of a file that a refusal lists; it is not read further. */
export const MAX_FAULTS = 20

export const LEVELS = ['bachelor', 'master', 'doctorate', 'other'] as const
export const PERIODS = ['year', 'semester', 'total'] as const
export const AUDIENCES = ['all', 'domestic', 'international'] as const

const HIDDEN = 'control characters and bidirectional controls are not allowed'
const text = (maxLength: number) =>
  z.string().trim().min(1).max(maxLength).refine(isVisible, { error: HIDDEN })
const known = (is: (text: string) => boolean, what: string) =>
  z.string().refine(is, { error: `expected ${what}` })
const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAX_LIST_ITEMS)

/** Where a fact comes from. A fact whose register or edition nobody can name is none. */
export const Source = z.strictObject({
  name: text(MAX_ID_LENGTH),
  licence: text(MAX_NAME_LENGTH),
  address: z.url({ protocol: /^https?$/ }).max(MAX_ADDRESS_LENGTH),
  edition: text(MAX_NAME_LENGTH),
})
export type Source = z.infer<typeof Source>

const ownSource = Source.optional()

/** A sum as its source states it. */
const Tuition = z.strictObject({
  amount: z.number().min(0).max(MAX_AMOUNT),
  currency: known(isCurrency, 'a currency of ISO 4217'),
  period: z.enum(PERIODS),
  audience: z.enum(AUDIENCES).default('all'),
  academicYear: text(MAX_NAME_LENGTH).nullable().default(null),
  source: ownSource,
})
export type Tuition = z.infer<typeof Tuition>

const share = z.number().min(0).max(1)

/** The share of those admitted who lie between two figures; an open end is null. */
const Band = z
  .strictObject({ from: z.number().min(0), to: z.number().positive().nullable(), share })
  .refine(({ from, to }) => to === null || from < to, { error: 'from must be below to', path: ['from'] })
export type Band = z.infer<typeof Band>

const Requirements = z.strictObject({
  minimumGrade: z
    .strictObject({ value: z.number().min(0), outOf: z.number().positive() })
    .refine(({ value, outOf }) => value <= outOf, { error: 'value must be at most out_of', path: ['value'] })
    .nullable()
    .default(null),
  tests: list(
    z.strictObject({ name: text(MAX_NAME_LENGTH), minimum: z.number().min(0).nullable().default(null) }),
  )
    .nullable()
    .default(null),
  subjects: list(text(MAX_NAME_LENGTH)).nullable().default(null),
  text: text(MAX_TEXT_LENGTH).nullable().default(null),
  source: ownSource,
})

const Admitted = z.strictObject({
  accessRate: share.nullable().default(null),
  /** On the scale of 0 to 20. */
  gradeBands: list(Band).nullable().default(null),
  /** UCAS tariff points. */
  tariffBands: list(Band).nullable().default(null),
  year: text(MAX_NAME_LENGTH).nullable().default(null),
  source: ownSource,
})

const Deadline = z.strictObject({
  intake: text(MAX_NAME_LENGTH).nullable().default(null),
  date: z.iso.date(),
  audience: z.enum(AUDIENCES).default('all'),
  source: ownSource,
})

/** A program of study as its register states it. What is null is not known, and is never guessed. */
export const Program = z.strictObject({
  /** The register's own id. */
  sourceId: text(MAX_ID_LENGTH),
  institution: text(MAX_NAME_LENGTH),
  country: known(isCountry, 'a country of ISO 3166 in two letters'),
  city: text(MAX_NAME_LENGTH).nullable().default(null),
  title: text(MAX_NAME_LENGTH),
  level: z.enum(LEVELS).nullable().default(null),
  field: z
    .strictObject({
      isced: known(isFieldCode, 'a code of ISCED-F 2013').nullable().default(null),
      words: text(MAX_NAME_LENGTH).nullable().default(null),
    })
    .default({ isced: null, words: null }),
  languages: list(known(isLanguage, 'a language of ISO 639')).min(1).nullable().default(null),
  duration: z
    .strictObject({ amount: z.number().positive().max(1_000), unit: z.enum(['weeks', 'months', 'years']) })
    .nullable()
    .default(null),
  tuition: list(Tuition).default([]),
  requirements: Requirements.nullable().default(null),
  admitted: Admitted.nullable().default(null),
  deadlines: list(Deadline).default([]),
  page: z
    .url({ protocol: /^https?$/ })
    .max(MAX_ADDRESS_LENGTH)
    .nullable()
    .default(null),
  source: Source,
})
export type Program = z.infer<typeof Program>
/** A program as it is given: what is left out is not known. */
export type NewProgram = z.input<typeof Program>

export type Level = (typeof LEVELS)[number]

/** A program of the catalogue. */
export interface StoredProgram extends Program {
  id: string
}

/** The id of a program: of its source and the source's own id alone, so that it is the same in every deployment. */
export async function programIdOf(source: string, sourceId: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${source}\n${sourceId}`)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
