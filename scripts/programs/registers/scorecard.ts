import type { CsvRecord } from '../../../worker/services/advising/catalogue/csv-records.ts'
import type { NewProgram, Tuition } from '../../../worker/services/advising/catalogue/program.ts'
import { writtenAmount } from '../../../worker/services/advising/catalogue/written-amount.ts'
import { type Register, recordsOf } from './register.ts'

const COLUMNS = ['UNITID', 'INSTNM', 'CITY', 'STABBR', 'ADM_RATE', 'TUITIONFEE_IN', 'TUITIONFEE_OUT']

/** The families of CIP in which a bachelor's degree may be offered, with their fields of ISCED-F. */
const FAMILIES: Readonly<Record<string, readonly [title: string, isced: string | null]>> = {
  '01': ['Agriculture, Agriculture Operations, and Related Sciences', '081'],
  '03': ['Natural Resources and Conservation', '052'],
  '04': ['Architecture and Related Services', '0731'],
  '05': ['Area, Ethnic, Cultural, Gender, and Group Studies', '0314'],
  '09': ['Communication, Journalism, and Related Programs', '032'],
  '11': ['Computer and Information Sciences and Support Services', '061'],
  '13': ['Education', '011'],
  '14': ['Engineering', '07'],
  '15': ['Engineering Technologies and Engineering-Related Fields', '071'],
  '16': ['Foreign Languages, Literatures, and Linguistics', '023'],
  '22': ['Legal Professions and Studies', '0421'],
  '23': ['English Language and Literature/Letters', '0232'],
  '24': ['Liberal Arts and Sciences, General Studies and Humanities', null],
  '26': ['Biological and Biomedical Sciences', '051'],
  '27': ['Mathematics and Statistics', '054'],
  '30': ['Multi/Interdisciplinary Studies', null],
  '31': ['Parks, Recreation, Leisure, and Fitness Studies', '1014'],
  '38': ['Philosophy and Religious Studies', '022'],
  '39': ['Theology and Religious Vocations', '0221'],
  '40': ['Physical Sciences', '053'],
  '42': ['Psychology', '0313'],
  '43': ['Homeland Security, Law Enforcement, Firefighting and Related Protective Services', '1032'],
  '44': ['Public Administration and Social Service Professions', '0923'],
  '45': ['Social Sciences', '031'],
  '49': ['Transportation and Materials Moving', '1041'],
  '50': ['Visual and Performing Arts', '021'],
  '51': ['Health Professions and Related Programs', '091'],
  '52': ['Business, Management, Marketing, and Related Support Services', '041'],
  '54': ['History', '0222'],
}

/** The states that ISO 3166 counts as countries. */
const COUNTRIES = new Set(['AS', 'FM', 'GU', 'MH', 'MP', 'PR', 'PW', 'VI'])

/** A cell of a file in which `NULL`, `NA` and `PrivacySuppressed` are empty ones. */
const numberIn = (record: CsvRecord, column: string): number | undefined =>
  writtenAmount(record.get(column) ?? '')

/** The sums that undergraduates pay a year: in their own state, and everybody else. */
function tuitionOf(record: CsvRecord): NewProgram['tuition'] {
  const [inside, outside] = [numberIn(record, 'TUITIONFEE_IN'), numberIn(record, 'TUITIONFEE_OUT')]
  const sum = (amount: number, audience: Tuition['audience']) => ({
    ...{ amount, currency: 'USD', period: 'year' as const, audience, academicYear: null },
  })
  if (inside === outside) return inside === undefined ? [] : [sum(inside, 'all')]
  return [
    ...(inside === undefined ? [] : [sum(inside, 'domestic')]),
    ...(outside === undefined ? [] : [sum(outside, 'all')]),
  ]
}

/** A page's address, which the register writes without its scheme. */
function pageOf(cell: string | undefined): string | null {
  if (cell === undefined) return null
  const address = /^https?:\/\//i.test(cell) ? cell : `https://${cell}`
  return URL.canParse(address) && cell.includes('.') ? address : null
}

/** The degrees that the file says are offered; one row for the institution where it says nothing of degrees. */
function* degreesOf(
  record: CsvRecord,
  hasDegrees: boolean,
): Generator<Partial<NewProgram> & { sourceId: string }> {
  const unit = record.get('UNITID') ?? ''
  if (!hasDegrees) yield { sourceId: unit, title: 'Undergraduate study', level: null }
  for (const [family, [title, isced]] of Object.entries(FAMILIES)) {
    const offered = record.get(`CIP${family}BACHL`)
    if (offered !== '1' && offered !== '2') continue
    yield {
      sourceId: `${unit}-CIP${family}BACHL`,
      title: `Bachelor's degree: ${title}`,
      level: 'bachelor',
      field: { isced, words: title },
    }
  }
}

/** The United States' College Scorecard: institutions, their tuition and their rate of admission. */
export const scorecard: Register = {
  name: 'scorecard',
  summary: 'United States, College Scorecard (MERGED… or Most-Recent-Cohorts-Institution.csv)',
  statesEdition: false,
  async *read(path, edition) {
    for await (const record of recordsOf(path, COLUMNS)) {
      const { line, get } = record
      const state = get('STABBR') ?? ''
      const hasDegrees = Object.keys(FAMILIES).some((family) => get(`CIP${family}BACHL`) !== undefined)
      for (const degree of degreesOf(record, hasDegrees)) {
        const program: NewProgram = {
          institution: get('INSTNM') ?? '',
          country: COUNTRIES.has(state) ? state : 'US',
          city: get('CITY') ?? null,
          title: '',
          ...degree,
          tuition: tuitionOf(record),
          admitted: { accessRate: numberIn(record, 'ADM_RATE') ?? null },
          page: pageOf(get('INSTURL')),
          source: {
            name: 'scorecard',
            licence: 'US government, public domain',
            address: 'https://collegescorecard.ed.gov/data/',
            edition,
          },
        }
        yield { line, program }
      }
    }
  },
}
