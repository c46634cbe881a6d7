import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CsvRecord } from '../../../worker/services/advising/catalogue/csv-records.ts'
import type { Band, Level, NewProgram } from '../../../worker/services/advising/catalogue/program.ts'
import { writtenAmount } from '../../../worker/services/advising/catalogue/written-amount.ts'
import { PlainFailure } from '../../plain-failure.ts'
import { fieldOfSubjects } from './cah.ts'
import { type Register, recordsOf } from './register.ts'

const KEY = ['PUBUKPRN', 'UKPRN', 'KISCOURSEID', 'KISMODE'] as const
const COURSE_COLUMNS = [...KEY, 'CRSEURL', 'TITLE', 'TITLEW', 'KISLEVEL']

/** The lowest points of the bands of the UCAS tariff: T048 is 48 to 63. */
const BANDS = [1, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240] as const
const bandColumn = (from: number) => `T${String(from).padStart(3, '0')}`

/** First degrees, and other undergraduate courses (foundation degrees, diplomas and certificates). */
const LEVELS: Readonly<Record<string, Level>> = { '03': 'bachelor', '04': 'other' }

const SOURCE = {
  name: 'discover-uni',
  licence: 'free to copy, use, share and adapt with attribution (stated by the publisher, not verified)',
  address: 'https://discoveruni.gov.uk/',
}

const keyOf = ({ get }: CsvRecord): string => KEY.map((column) => get(column) ?? '').join('/')

/** The names of institutions by their publication number. */
async function readInstitutions(path: string): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for await (const { get } of recordsOf(path, ['PUBUKPRN', 'LEGAL_NAME', 'FIRST_TRADING_NAME'])) {
    const name = get('FIRST_TRADING_NAME') ?? get('LEGAL_NAME')
    const number = get('PUBUKPRN')
    if (name !== undefined && number !== undefined && !names.has(number)) names.set(number, name)
  }
  return names
}

function bandsOf({ get }: CsvRecord): Band[] | null {
  const bands = BANDS.flatMap((from, index): Band[] => {
    const percent = writtenAmount(get(bandColumn(from)) ?? '')
    return percent === undefined ? [] : [{ from, to: BANDS[index + 1] ?? null, share: percent / 100 }]
  })
  return bands.some(({ share }) => share > 0) ? bands : null
}

/** Of courses whose own entrants were counted: where the row names a subject, they are those of all its courses. */
async function readTariffs(path: string): Promise<Map<string, NewProgram['admitted']>> {
  const tariffs = new Map<string, NewProgram['admitted']>()
  for await (const record of recordsOf(path, [...KEY, 'TARAGGYEAR', 'TARSBJ', ...BANDS.map(bandColumn)])) {
    if (record.get('TARSBJ') !== undefined) continue
    const tariffBands = bandsOf(record)
    if (tariffBands) tariffs.set(keyOf(record), { tariffBands, year: record.get('TARAGGYEAR') ?? null })
  }
  return tariffs
}

/** The subjects of courses, of which one may have several: in SBJ.csv all of them, in TARIFF.csv those that entrants are counted by. */
async function readSubjects(path: string, column: 'SBJ' | 'TARSBJ'): Promise<Map<string, string[]>> {
  const subjects = new Map<string, string[]>()
  for await (const record of recordsOf(path, [...KEY, column])) {
    const code = record.get(column)
    const key = keyOf(record)
    if (code !== undefined) subjects.set(key, [...(subjects.get(key) ?? []), code])
  }
  return subjects
}

/** The United Kingdom's data set of undergraduate courses: files of it, side by side in a folder. */
export const discoverUni: Register = {
  name: 'discover-uni',
  summary:
    'United Kingdom, Discover Uni (KISCOURSE.csv, with INSTITUTION.csv, and SBJ.csv and TARIFF.csv where they are, beside it)',
  statesEdition: false,
  async *read(path, edition) {
    const beside = (name: string) => join(dirname(path), name)
    const [institutions, tariffs, sbj] = [beside('INSTITUTION.csv'), beside('TARIFF.csv'), beside('SBJ.csv')]
    if (!existsSync(institutions))
      throw new PlainFailure(`${institutions} is missing: it names the institutions.`)
    const names = await readInstitutions(institutions)
    const admitted = existsSync(tariffs) ? await readTariffs(tariffs) : new Map<string, never>()
    const subjects = existsSync(sbj)
      ? await readSubjects(sbj, 'SBJ')
      : existsSync(tariffs)
        ? await readSubjects(tariffs, 'TARSBJ')
        : new Map<string, never>()
    for await (const record of recordsOf(path, COURSE_COLUMNS)) {
      const { line, get } = record
      const program: NewProgram = {
        sourceId: keyOf(record),
        institution: names.get(get('PUBUKPRN') ?? '') ?? '',
        country: 'GB',
        title: get('TITLE') ?? get('TITLEW') ?? '',
        level: LEVELS[get('KISLEVEL') ?? ''] ?? null,
        field: fieldOfSubjects(subjects.get(keyOf(record)) ?? []),
        admitted: admitted.get(keyOf(record)) ?? null,
        page: get('CRSEURL') ?? null,
        source: { ...SOURCE, edition },
      }
      yield { line, program }
    }
  },
}
