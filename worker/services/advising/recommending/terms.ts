/** Endings that are taken off, one after the other, as long as enough of a word is left: `computing` and `computer` meet. */
const ENDINGS = [
  ...[
    'ations',
    'ation',
    'ional',
    'ings',
    'ing',
    'ical',
    'iques',
    'ique',
    'ers',
    'er',
    'ors',
    'or',
    'ics',
    'ists',
    'ist',
  ],
  ...['ies', 'ism', 'ic', 'al', 'es', 'ed', 'ie', 's', 'y', 'e'],
]
const SHORTEST_STEM = 4

/** Words that say nothing about a subject, in English and in French. */
const IDLE = new Set(
  (
    'a about abroad affordable after all also am an and any are around as at available be because been before being best but ' +
    'by can cheap choose college colleges company could course courses day de dear degree degrees des did do does doing du ' +
    'else en et etc every find for from get give go good great have help her his how i if in institution institutions into ' +
    'is it its je job la leading le les like list live look looking love make many me mon more most much my near need new ' +
    'next nice not now of offer offered on one option options or other our out over part please pour program programme ' +
    'programmes programs recommend recommendation recommendations school schools search should show so some something ' +
    'student students studies study studying sur taught teach teaching than thank thanks that the their them then there ' +
    'these they this to top un une under université universités universities university up us use very want we well what ' +
    'when where which while who why will wish with within without work working would year years you your'
  ).split(' '),
)

/** A word as it is compared. */
export function stemOf(word: string): string {
  let stem = word
  for (let isShorter = true; isShorter; ) {
    const ending = ENDINGS.find(
      (one) => stem.endsWith(one) && stem.length - one.length >= SHORTEST_STEM && stem.length > one.length,
    )
    isShorter = ending !== undefined
    if (ending !== undefined) stem = stem.slice(0, -ending.length)
  }
  return stem
}

/** The words of a text in small letters without accents. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []

/** The words of a text as they are compared, each once, without those that say nothing of a subject. */
export function termsOf(text: string): string[] {
  const words = wordsOf(text).filter((word) => word.length > 1 && !IDLE.has(word))
  return [...new Set(words.map(stemOf))]
}

/** The words of a text that say something of a subject, as they stand. */
export const topicWords = (text: string): string =>
  wordsOf(text)
    .filter((word) => word.length > 1 && !IDLE.has(word))
    .join(' ')
