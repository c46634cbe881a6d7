/**
 * The Common Aggregation Hierarchy (HESA) by its second level: the register's words, and the field of ISCED-F that holds all of
 * it. Nobody publishes such a table: a field stands here where its name says the same, or where HESA's list of the third level
 * (https://www.hesa.ac.uk/collection/c19051/derived/unistats_xcah03) has nothing that ISCED-F puts elsewhere. Null is the rest.
 */
const SUBJECTS: Readonly<Record<string, readonly [words: string, isced: string | null]>> = {
  'CAH01-01': ['medicine and dentistry', '091'],
  'CAH02-02': ['pharmacology, toxicology and pharmacy', null],
  'CAH02-04': ['nursing and midwifery', '091'],
  'CAH02-05': ['medical sciences', null],
  'CAH02-06': ['allied health', null],
  'CAH03-01': ['biosciences', null],
  'CAH03-02': ['sport and exercise sciences', '1014'],
  'CAH04-01': ['psychology', '0313'],
  'CAH05-01': ['veterinary sciences', '084'],
  'CAH06-01': ['agriculture, food and related studies', null],
  'CAH07-01': ['physics and astronomy', '0533'],
  'CAH07-02': ['chemistry', '0531'],
  'CAH07-04': ['general, applied and forensic sciences', null],
  'CAH09-01': ['mathematical sciences', '054'],
  'CAH10-01': ['engineering', '07'],
  'CAH10-03': ['materials and technology', null],
  'CAH11-01': ['computing', '061'],
  'CAH13-01': ['architecture, building and planning', '073'],
  'CAH15-01': ['sociology, social policy and anthropology', '031'],
  'CAH15-02': ['economics', '0311'],
  'CAH15-03': ['politics', '0312'],
  'CAH15-04': ['health and social care', '09'],
  'CAH16-01': ['law', '0421'],
  'CAH17-01': ['business and management', '041'],
  'CAH19-01': ['English studies', '023'],
  'CAH19-02': ['Celtic studies', '023'],
  'CAH19-04': ['languages and area studies', '023'],
  'CAH20-01': ['history and archaeology', '0222'],
  'CAH20-02': ['philosophy and religious studies', '022'],
  'CAH22-01': ['education and teaching', '011'],
  'CAH23-01': ['combined and general studies', null],
  'CAH24-01': ['media, journalism and communications', '032'],
  'CAH25-01': ['creative arts and design', '021'],
  'CAH25-02': ['performing arts', '0215'],
  'CAH26-01': ['geography, earth and environmental studies', null],
}

/** Subjects of the third level, as HESA names them, of which ISCED-F has a field that is narrower. */
const NARROWER: Readonly<Record<string, string>> = {
  'CAH01-01-02': '0912',
  'CAH01-01-03': '0912',
  'CAH01-01-04': '0911',
  'CAH02-02-03': '0916',
  'CAH02-04-01': '0913',
  'CAH02-04-02': '0913',
  'CAH02-04-03': '0913',
  'CAH02-04-04': '0913',
  'CAH02-04-05': '0913',
  'CAH02-04-07': '0913',
  'CAH02-04-08': '0913',
  'CAH02-06-02': '0915',
  'CAH02-06-05': '0915',
  'CAH02-06-06': '0917',
  'CAH03-01-01': '051',
  'CAH03-01-02': '0511',
  'CAH03-01-04': '051',
  'CAH03-01-05': '0511',
  'CAH03-01-06': '0511',
  'CAH03-01-07': '051',
  'CAH03-01-08': '051',
  'CAH06-01-02': '081',
  'CAH06-01-03': '081',
  'CAH06-01-05': '0821',
}

/** The beginning that codes have in common, of two digits at least; null where there is none. */
function common(codes: readonly string[]): string | null {
  const [first = ''] = codes
  for (let length = first.length; length >= 2; length -= 1) {
    const beginning = first.slice(0, length)
    if (codes.every((code) => code.startsWith(beginning))) return beginning
  }
  return null
}

/** The field of a course with these subjects, in codes of the hierarchy: the one that holds all of them, and their words. */
export function fieldOfSubjects(codes: readonly string[]): { isced: string | null; words: string | null } {
  const known = codes.flatMap((code) => {
    const subject = SUBJECTS[code.slice(0, 'CAH01-01'.length)]
    return subject ? [{ words: subject[0], isced: NARROWER[code] ?? subject[1] }] : []
  })
  const fields = known.map(({ isced }) => isced)
  const words = [...new Set(known.map((subject) => subject.words))].join('; ')
  // A subject of which nobody can say the field leaves the whole without one.
  const isced = known.length === codes.length && fields.every((code) => code !== null) ? common(fields) : null
  return { isced, words: words || null }
}
