import type { CsvRecord } from '../../../worker/services/advising/catalogue/csv-records.ts'
import type { Band, Level, NewProgram } from '../../../worker/services/advising/catalogue/program.ts'
import { writtenAmount } from '../../../worker/services/advising/catalogue/written-amount.ts'
import { type Register, recordsOf } from './register.ts'

/** The columns, as the file's header writes them. The first of two `Filière de formation` is the shorter name. */
const COLUMN = {
  session: 'Session',
  institution: 'Établissement',
  department: 'Code départemental de l’établissement',
  city: 'Commune de l’établissement',
  title: 'Filière de formation',
  kind: 'Filière de formation très agrégée',
  field: 'Filière de formation détaillée bis',
  id: 'cod_aff_form',
  page: 'Lien de la formation sur la plateforme Parcoursup',
  accessRate: 'Taux d’accès',
} as const

/** The mentions of the baccalauréat as grades out of 20, with the columns of the shares that were admitted with them. */
const MENTIONS = [
  { from: 10, to: 12, column: '% d’admis néo bacheliers sans mention au bac' },
  { from: 12, to: 14, column: '% d’admis néo bacheliers avec mention Assez Bien au bac' },
  { from: 14, to: 16, column: '% d’admis néo bacheliers avec mention Bien au bac' },
  { from: 16, to: 18, column: '% d’admis néo bacheliers avec mention Très Bien au bac' },
  { from: 18, to: 20, column: '% d’admis néo bacheliers avec mention Très Bien avec félicitations au bac' },
] as const

const COLUMNS = [...Object.values(COLUMN), ...MENTIONS.map(({ column }) => column)]

/** The kinds of formation that end with the degree of a licence; every other is shorter, or prepares for one. */
const LEVELS: Readonly<Record<string, Level>> = { Licence: 'bachelor', BUT: 'bachelor' }

/** The departments that ISO 3166 counts as countries. */
const COUNTRIES: Readonly<Record<string, string>> = {
  971: 'GP',
  972: 'MQ',
  973: 'GF',
  974: 'RE',
  975: 'PM',
  976: 'YT',
  977: 'BL',
  978: 'MF',
  986: 'WF',
  987: 'PF',
  988: 'NC',
}

/** Fields of ISCED-F by words of the register, the first that fits. A field that none of them names is not known. */
const FIELDS: readonly (readonly [words: RegExp, isced: string])[] = [
  [/informatique|cybersécurité/i, '061'],
  [/réseaux et télécommunications/i, '0714'],
  [/mathématiques/i, '0541'],
  [/sciences de la vie|biologie|bioanalyses/i, '0511'],
  [/sciences de la terre|géologie/i, '0532'],
  [/chimie/i, '0531'],
  [/physique(?!s)/i, '0533'],
  [/électrotechnique|electrotechnique|énergie/i, '0713'],
  [/microtechniques|mécanique|maintenance des systèmes/i, '0715'],
  [/aéronautique/i, '0716'],
  [/sportives?\b|STAPS|sport/i, '1014'],
  [/science politique|sciences politiques|Sciences Po\b/i, '0312'],
  [/\bdroit\b|juriste/i, '0421'],
  [/économie|economie/i, '0311'],
  [/comptabilité/i, '0411'],
  [/commercialisation|commerce|management commercial|relation client/i, '0414'],
  [/gestion des entreprises|gestion de la PME|management/i, '0413'],
  [/tourisme/i, '1015'],
  [/transports et logistique/i, '1041'],
  [/communication/i, '0321'],
  [/psychologie/i, '0313'],
  [/sociologie/i, '0314'],
  [/philosophie/i, '0223'],
  [/histoire/i, '0222'],
  [/lettres/i, '0232'],
  [/langues/i, '0231'],
  [/infirmier/i, '0913'],
  [/jeunes enfants/i, '0922'],
  [/éducateur|educateur|service social|économie sociale/i, '0923'],
  [/éducation/i, '0111'],
  [/DN MADE/i, '0212'],
]

function fieldOf(title: string, words: string | undefined): NewProgram['field'] {
  const isced = FIELDS.find(([named]) => named.test(title))?.[1] ?? null
  return { isced, words: words ?? null }
}

const shareOf = (cell: string | undefined): number | undefined => {
  const percent = writtenAmount(cell ?? '')
  return percent === undefined ? undefined : percent / 100
}

/** Of those with a mention that is known; null where none of them is. */
function bandsOf({ get }: CsvRecord): Band[] | null {
  const bands = MENTIONS.flatMap(({ from, to, column }) => {
    const share = shareOf(get(column))
    return share === undefined ? [] : [{ from, to, share }]
  })
  return bands.some(({ share }) => share > 0) ? bands : null
}

function programOf(record: CsvRecord): NewProgram {
  const { get } = record
  const session = get(COLUMN.session) ?? ''
  const title = get(COLUMN.title) ?? ''
  return {
    sourceId: get(COLUMN.id) ?? '',
    institution: get(COLUMN.institution) ?? '',
    country: COUNTRIES[get(COLUMN.department) ?? ''] ?? 'FR',
    city: get(COLUMN.city)?.replaceAll(/\s+/g, ' ') ?? null,
    title,
    level: LEVELS[get(COLUMN.kind) ?? ''] ?? 'other',
    field: fieldOf(title, get(COLUMN.field)),
    admitted: {
      accessRate: shareOf(get(COLUMN.accessRate)) ?? null,
      gradeBands: bandsOf(record),
      year: session,
    },
    page: get(COLUMN.page) ?? null,
    source: {
      name: 'parcoursup',
      licence: 'Licence Ouverte 2.0',
      address: 'https://data.enseignementsup-recherche.gouv.fr/explore/dataset/fr-esr-parcoursup/',
      edition: `session ${session}`,
    },
  }
}

/** France's admissions after the baccalauréat: places, access rates, and the grades of those admitted. */
export const parcoursup: Register = {
  name: 'parcoursup',
  summary: 'France, Parcoursup (fr-esr-parcoursup.csv)',
  statesEdition: true,
  async *read(path) {
    for await (const record of recordsOf(path, COLUMNS)) {
      yield { line: record.line, program: programOf(record) }
    }
  },
}
