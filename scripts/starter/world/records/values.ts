import { nameOf, numberOf } from '../../families/people.ts'
import { capitalised, type Source } from '../../source.ts'
import { COUNTRIES } from '../countries.ts'
import { WORDS } from '../things.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

export const dateOf = (source: Source): string => {
  const [day, month, year] = [source.between(1, 28), source.pick(MONTHS), source.between(1950, 2035)]
  return source.chance(0.5) ? `${day} ${month} ${year}` : `${month} ${day}, ${year}`
}
export const yearOf = (source: Source) => String(source.between(1850, 2030))
export const moneyOf = (source: Source) =>
  `${source.pick(['$', '$', 'EUR '])}${source.chance(0.6) ? source.between(5, 999) : `${source.between(1, 99)},${source.pick(['000', '500', '250'])}`}`
export const countOf = (source: Source) => String(numberOf(source))
export const daysOf = (source: Source) =>
  `${source.pick([7, 10, 14, 30, 45, 60, 90, source.between(2, 120)])} days`
export const yearsOf = (source: Source) => `${source.between(2, 25)} years`
export const wordOf = (source: Source) => source.pick(WORDS)
export const companyOf = (source: Source) =>
  `${source.chance(0.5) ? nameOf(source) : capitalised(wordOf(source))} ${source.pick(['Ltd', 'Inc', 'Foods', 'Motors', 'Systems', 'Energy', 'Labs', 'Group', 'Works'])}`
export const countryOf = (source: Source) => source.pick(COUNTRIES).country
