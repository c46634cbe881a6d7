import type { Facts } from './facts.ts'

/** Characters of a draft. */
export const MAX_DRAFT_LENGTH = 1_200
const MIN_DRAFT_LENGTH = 20

/** Words with which sentences begin, in capitals for that reason alone. */
const BEGINNINGS = new Set(
  (
    'a about above additionally admission all also although an and applying as at based because besides beyond both but by ' +
    'compared considering despite each even expect finally first for from further given grades he her here his how however i ' +
    'if in instead it its key last like many more moreover my no not note of on or other our out overall please program ' +
    'programs rather regarding second she should since so some still studying study students taught that the their then there ' +
    'therefore these they this those though thus to together tuition under unlike we what when where whether which while who ' +
    'why with within without would yes yet you your'
  ).split(' '),
)

const NUMBER_WORDS =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|halves|twice|double|triple|thirds?|quarters?)\b/giu

const CURRENCIES =
  /\p{Sc}|\b(?:dollars?|euros?|pounds?|sterling|francs?|yen|yuan|rupees?|krone[rn]?|kronor|pesos?|won|cents?)\b/giu

const SUPERLATIVES =
  /\b(?:best|better|top|most|least|leading|finest|foremost|premier|elite|prestigious|renowned|famous|reputed|reputable|world-class|unmatched|unique|perfect|ideal|excellent|outstanding|exceptional|superb|unbeatable|number one|guarantee\w*|certain(?:ly)?|surely|definitely|always|never|meilleure?s?|beste[rns]?|mejor(?:es)?|\p{L}{3,}est)\b/giu

/** Words that end like a superlative and are none. */
const NO_SUPERLATIVES = new Set(
  'interest request test contest protest forest west rest guest harvest honest modest suggest invest quest midwest digest arrest manifest'.split(
    ' ',
  ),
)

const ADDRESS = /https?:|www\.|[<>{}[\]|*#`\\]/iu

const matchesIn = (text: string, pattern: RegExp): string[] => text.match(pattern) ?? []

/** A number as it is compared: without its groups, and without what a sentence puts behind it. */
const bareNumber = (text: string): string => {
  const bare = text.replaceAll(',', '').replace(/\.$/, '')
  return bare.includes('.') ? bare.replace(/\.?0+$/, '') : bare
}

const NUMBER = /\d[\d.,]*/gu

/** Every number in a text. */
export const numbersIn = (text: string): string[] => matchesIn(text, NUMBER).map((found) => bareNumber(found))

/** Where a sentence begins: behind the end of one, or behind nothing. */
const SENTENCE_START = /(?:^|[.!?:]["”’)]*\s+)["“(]?$/u

/** Words in capitals that are names: not those with which a sentence begins because one must. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/\p{Lu}[\p{L}\p{M}'’-]*/gu)].flatMap(({ 0: word, index }) => {
    const bare = word.toLowerCase().replace(/['’]s$/, '')
    return BEGINNINGS.has(bare) && SENTENCE_START.test(text.slice(0, index)) ? [] : [bare]
  })
}

const wordsIn = (text: string): Set<string> =>
  new Set(
    matchesIn(text, /[\p{L}\p{M}][\p{L}\p{M}'’-]*/gu).flatMap((word) => {
      const bare = word.toLowerCase()
      return [bare, bare.replace(/['’]s$/, ''), ...bare.split(/['’-]/)]
    }),
  )

/** The first thing in a draft that is not among the facts; undefined where there is none. */
export function strayIn(draft: string, facts: Facts): string | undefined {
  const told = [...facts.known, ...facts.unknown].join(' ')
  const [numbers, words] = [new Set(numbersIn(told)), wordsIn(told)]
  const number = numbersIn(draft).find((one) => !numbers.has(one))
  if (number !== undefined) return `number ${number}`
  const isTold = (word: string) => words.has(word.toLowerCase())
  const written = matchesIn(draft, NUMBER_WORDS).find((word) => !isTold(word))
  if (written !== undefined) return `number ${written}`
  const currency = matchesIn(draft, CURRENCIES).find(
    (sign) => !told.toLowerCase().includes(sign.toLowerCase()),
  )
  if (currency !== undefined) return `currency ${currency}`
  const superlative = matchesIn(draft, SUPERLATIVES).find(
    (word) => !NO_SUPERLATIVES.has(word.toLowerCase()) && !isTold(word),
  )
  if (superlative !== undefined) return `superlative ${superlative}`
  const name = namesIn(draft).find((word) => !words.has(word) && !words.has(word.replace(/['’].*$/, '')))
  return name === undefined ? undefined : `name ${name}`
}

/** A draft as it may stand, on one line; undefined for what is no sentence, or says what is not among the facts. */
export function acceptedDraft(draft: string, facts: Facts): string | undefined {
  const text = draft.replaceAll(/\s+/g, ' ').trim()
  if (text.length < MIN_DRAFT_LENGTH || text.length > MAX_DRAFT_LENGTH) return undefined
  if (!/[.!]$/.test(text) || ADDRESS.test(text) || strayIn(text, facts) !== undefined) return undefined
  return text
}
