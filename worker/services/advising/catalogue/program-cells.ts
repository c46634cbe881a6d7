import type { CsvRecord } from './csv-records.ts'
import { toOurNames } from './field-names.ts'
import { writtenAmount } from './written-amount.ts'

/** The columns of a CSV file of programs that each row must fill. */
export const REQUIRED_COLUMNS = [
  'source',
  'licence',
  'address',
  'edition',
  'source_id',
  'institution',
  'country',
  'title',
] as const

/** Those that a row may leave empty: it is not known. */
export const OPTIONAL_COLUMNS = [
  'city',
  'level',
  'field_code',
  'field_words',
  'languages',
  'duration',
  'duration_unit',
  'tuition_amount',
  'tuition_currency',
  'tuition_period',
  'tuition_audience',
  'academic_year',
  'minimum_grade',
  'grade_out_of',
  'requirements',
  'access_rate',
  'admitted_year',
  'deadline',
  'intake',
  'page',
  'details',
] as const

/** A cell that must hold a number and does not: its text stays, so that the schema refuses it by name. */
const number = (cell: string | undefined): unknown =>
  cell === undefined ? undefined : (writtenAmount(cell) ?? cell)

/** Lists and objects that a row cannot say in cells: JSON, in the fields of a JSON file. */
function detailsOf(cell: string | undefined): object {
  if (cell === undefined) return {}
  try {
    const value: unknown = JSON.parse(cell)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { details: cell }
  } catch {
    return { details: cell }
  }
}

function tuitionOf({ get }: CsvRecord): object[] | undefined {
  const amount = number(get('tuition_amount'))
  if (amount === undefined) return undefined
  const [currency, period] = [get('tuition_currency'), get('tuition_period')]
  const academicYear = get('academic_year') ?? null
  return [{ amount, currency, period, audience: get('tuition_audience') ?? 'all', academicYear }]
}

function requirementsOf({ get }: CsvRecord): object | undefined {
  const [value, text] = [number(get('minimum_grade')), get('requirements')]
  if (value === undefined && text === undefined) return undefined
  const minimumGrade = value === undefined ? null : { value, outOf: number(get('grade_out_of')) }
  return { minimumGrade, text: text ?? null }
}

/** A row of a CSV file in the fields of a program, for its schema to judge. */
export function programOfCells(record: CsvRecord): unknown {
  const { get } = record
  const rate = number(get('access_rate'))
  const deadline = get('deadline')
  const duration = number(get('duration'))
  return {
    sourceId: get('source_id'),
    institution: get('institution'),
    country: get('country'),
    city: get('city') ?? null,
    title: get('title'),
    level: get('level') ?? null,
    field: { isced: get('field_code') ?? null, words: get('field_words') ?? null },
    languages: get('languages')?.split(/[\s;,|]+/) ?? null,
    duration: duration === undefined ? null : { amount: duration, unit: get('duration_unit') },
    tuition: tuitionOf(record) ?? [],
    requirements: requirementsOf(record) ?? null,
    admitted: rate === undefined ? null : { accessRate: rate, year: get('admitted_year') ?? null },
    deadlines: deadline === undefined ? [] : [{ date: deadline, intake: get('intake') ?? null }],
    page: get('page') ?? null,
    source: {
      name: get('source'),
      licence: get('licence'),
      address: get('address'),
      edition: get('edition'),
    },
    ...(toOurNames(detailsOf(get('details'))) as object), // An object keeps being one.
  }
}
