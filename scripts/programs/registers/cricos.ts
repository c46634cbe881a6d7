import { languageOf } from '../../../worker/services/advising/catalogue/languages.ts'
import type { Level, NewProgram } from '../../../worker/services/advising/catalogue/program.ts'
import { writtenAmount } from '../../../worker/services/advising/catalogue/written-amount.ts'
import { badRow, byBeginning, type Register, recordsOf } from './register.ts'

const COLUMNS = [
  'Institution Name',
  'CRICOS Course Code',
  'Course Name',
  'Field of Education 1 Detailed Field',
  'Course Level',
  'Course Language',
  'Duration (Weeks)',
  'Tuition Fee',
  'Expired',
] as const

const LEVELS: Readonly<Record<string, Level>> = {
  'Bachelor Degree': 'bachelor',
  'Bachelor Honours Degree': 'bachelor',
  'Masters Degree (Coursework)': 'master',
  'Masters Degree (Research)': 'master',
  'Masters Degree (Extended)': 'master',
  'Doctoral Degree': 'doctorate',
}

/** Fields of ISCED-F for those of ASCED, which are written in two, four or six digits. What has no counterpart is absent. */
const ISCED_OF_ASCED: Readonly<Record<string, string>> = {
  '01': '05',
  '0101': '054',
  '0103': '0533',
  '0105': '0531',
  '0107': '0532',
  '0109': '051',
  '02': '061',
  '03': '07',
  '0301': '072',
  '0305': '0716',
  '0307': '0715',
  '0309': '0732',
  '0313': '071',
  '0315': '0716',
  '030307': '0721',
  '04': '073',
  '0401': '0731',
  '0403': '0732',
  '05': '08',
  '0501': '081',
  '0503': '0812',
  '0505': '0821',
  '0507': '0831',
  '0509': '052',
  '06': '091',
  '0601': '0912',
  '0603': '0913',
  '0605': '0916',
  '0607': '0911',
  '0611': '0841',
  '0615': '0914',
  '0617': '0915',
  '0619': '0917',
  '07': '011',
  '08': '041',
  '0801': '0411',
  '0803': '0413',
  '0805': '0414',
  '0807': '1015',
  '0809': '0415',
  '0811': '0412',
  '0901': '0312',
  '0903': '031',
  '0905': '0923',
  '0907': '0313',
  '0909': '0421',
  '0913': '0322',
  '0915': '023',
  '0917': '022',
  '091701': '0223',
  '0919': '0311',
  '0921': '1014',
  '10': '02',
  '1001': '0215',
  '1003': '0213',
  '1005': '021',
  '1007': '032',
  '100703': '0321',
  '1101': '1013',
  '1103': '1012',
}

const LICENCE = 'CC BY 2.5 AU'
const ADDRESS = 'https://cricos.education.gov.au/'

/** A field's code and words: `091901 - Economics`. */
function fieldOf(cell: string | undefined): NewProgram['field'] {
  const [, code = '', words] = /^(\d{2,6}) - (.+)$/.exec(cell ?? '') ?? []
  return { isced: byBeginning(ISCED_OF_ASCED, code), words: words?.trim() ?? cell ?? null }
}

/** Australia's register of courses for overseas students: titles, levels, weeks, and the total that they pay. */
export const cricos: Register = {
  name: 'cricos',
  summary: 'Australia, CRICOS courses (cricos-courses.csv)',
  statesEdition: false,
  async *read(path, edition) {
    for await (const { line, get } of recordsOf(path, COLUMNS)) {
      if (get('Expired') === 'Yes') continue
      const level = get('Course Level')
      const language = languageOf(get('Course Language') ?? '')
      const fee = get('Tuition Fee')
      const amount = fee === undefined ? undefined : writtenAmount(fee)
      if (fee !== undefined && amount === undefined) throw badRow(path, line, `"${fee}" is no sum`)
      const weeks = writtenAmount(get('Duration (Weeks)') ?? '') ?? 0
      const program: NewProgram = {
        sourceId: get('CRICOS Course Code') ?? '',
        institution: get('Institution Name') ?? '',
        country: 'AU',
        title: get('Course Name') ?? '',
        level: level === undefined ? null : (LEVELS[level] ?? 'other'),
        field: fieldOf(get('Field of Education 1 Detailed Field')),
        languages: language === undefined ? null : [language],
        duration: weeks > 0 ? { amount: weeks, unit: 'weeks' } : null,
        tuition:
          amount === undefined
            ? []
            : [{ amount, currency: 'AUD', period: 'total', audience: 'international', academicYear: null }],
        source: { name: 'cricos', licence: LICENCE, address: ADDRESS, edition },
      }
      yield { line, program }
    }
  },
}
