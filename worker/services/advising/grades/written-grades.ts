import { sanitizeText } from '../sanitize.ts'

/** Characters of a subject's name, and of the text that a proposal is taken from. */
export const MAX_SUBJECT_LENGTH = 80
const MAX_SHOWN_LENGTH = 200

/** A grade as a transcript states it. `outOf` is null where it does not say. */
export interface WrittenGrade {
  subject: string
  value: number
  outOf: number | null
  weight: number | null
  /** The text that says so. */
  text: string
}

const NUMBER = String.raw`\d{1,3}(?:[.,]\d{1,2})?`
const SCALE = String.raw`\s*(?:(?:\/|out of|sur)\s*(?<outOf>${NUMBER})(?![\d/.,]*\d)|(?<percent>%))`
const WEIGHT = String.raw`(?:\s*[([]?\s*(?:coef\w*|weight|poids)\.?\s*[:=]?\s*(?<weight>${NUMBER})\s*[)\]]?)?`

/** A grade that names its scale, anywhere in a text. */
const SCALED = new RegExp(String.raw`(?<![\d/.,])(?<value>${NUMBER})${SCALE}${WEIGHT}`, 'giu')
/** A text that is a grade and nothing else, with its scale or without. */
const BARE = new RegExp(`^(?<value>${NUMBER})(?:${SCALE})?$`, 'iu')
/** A line of a subject and a grade without a scale. */
const LINE = new RegExp(String.raw`^(?<subject>\D+?)(?<value>${NUMBER})$`, 'u')
const HEAD_SCALE = /(?:\/|out of|sur)\s*(?<outOf>\d{1,3})|(?<percent>%|percent)/iu

const GRADE_HEAD = /\b(?:grades?|marks?|scores?|results?|notes?|moyennes?|points)\b/iu
const SUBJECT_HEAD =
  /\b(?:subjects?|courses?|modules?|titles?|disciplines?|units?|mati[eè]res?|[eé]preuves?)\b/iu
const WEIGHT_HEAD = /\b(?:coef\w*|weights?|poids|credits?|cr[eé]dits?|ects)\b/iu

/** Words with which numbers stand that are no grade of a subject. */
const NO_SUBJECT =
  /^(?:ages?|class(?:es)?|credits?|cr[eé]dits?|dates?|ects|groups?|hours?|id|no|num(?:ber|[eé]ro)|pages?|phone|ranks?|rang|rooms?|semest(?:er|re)s?|students?|terms?|total|trimestre|weeks?|years?|ann[eé]es?|academic year|page \w+)$/iu

const numberOf = (text: string): number => Number(text.replace(',', '.'))

/** A name without what leads to its grade, and safe to be shown; empty where it names nothing. */
function subjectIn(text: string): string {
  const name = sanitizeText(
    text
      .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
      .split(/[;|•]|\.\s+(?=\p{Lu})/u)
      .at(-1)
      ?.replace(/^[^\p{L}]+/u, '')
      .replace(/[\s.:…·_|–=([-]+$/u, '')
      .replaceAll(/\s+/g, ' ') ?? '',
  )
  return name.length > MAX_SUBJECT_LENGTH || NO_SUBJECT.test(name) ? '' : name
}

interface Named {
  value?: string
  outOf?: string
  percent?: string
  weight?: string
}

function gradeOf(subjectText: string, named: Named, text: string): WrittenGrade | undefined {
  const subject = subjectIn(subjectText)
  const value = numberOf(named.value ?? '')
  const outOf = named.percent ? 100 : named.outOf ? numberOf(named.outOf) : null
  if (!/\p{L}{2}/u.test(subject) || value > (outOf ?? 100) || outOf === 0) return undefined
  const weight = named.weight ? numberOf(named.weight) : null
  const shown = sanitizeText(text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').replaceAll(/\s+/g, ' '))
  return {
    ...{ subject, value, outOf },
    weight: weight !== null && weight <= 100 ? weight : null,
    text: shown.slice(-MAX_SHOWN_LENGTH).toWellFormed(),
  }
}

/** The grades in running text: those that name their scale; or the one that is all of it, beside its subject. */
export function gradesInText(text: string): WrittenGrade[] {
  const grades: WrittenGrade[] = []
  let from = 0
  for (const match of text.matchAll(SCALED)) {
    const end = match.index + match[0].length
    const grade = gradeOf(text.slice(from, match.index), match.groups ?? {}, text.slice(from, end))
    if (grade) grades.push(grade)
    from = end
  }
  if (from > 0 || text.length > MAX_SHOWN_LENGTH) return grades
  const line = LINE.exec(text.trim())
  const alone = line?.groups && gradeOf(line.groups.subject ?? '', line.groups, text)
  return alone ? [alone] : []
}

interface Columns {
  subject: number
  grade: number
  weight: number
  scale: Named
}

/** The columns of a table by its first row; undefined where that names no grade. */
function columnsIn(head: readonly string[]): Columns | undefined {
  const grade = head.findIndex((cell) => GRADE_HEAD.test(cell) && !BARE.test(cell))
  if (grade < 0) return undefined
  const subject = head.findIndex((cell, index) => index !== grade && SUBJECT_HEAD.test(cell))
  const scale = HEAD_SCALE.exec(head[grade] ?? '')?.groups ?? {}
  return {
    ...{ grade, scale },
    subject: subject < 0 ? (grade === 0 ? -1 : 0) : subject,
    weight: head.findIndex((cell, index) => index !== grade && WEIGHT_HEAD.test(cell)),
  }
}

function gradeInRow(cells: readonly string[], columns: Columns | undefined): WrittenGrade | undefined {
  const text = cells.join(' ')
  if (columns) {
    const found = BARE.exec((cells[columns.grade] ?? '').trim())?.groups
    const weight = BARE.exec((cells[columns.weight] ?? '').trim())?.groups?.value
    const named = { ...columns.scale, ...withoutUndefined(found), ...(weight && { weight }) }
    return found && gradeOf(cells[columns.subject] ?? '', named, text)
  }
  const found = cells.slice(1).flatMap((cell): Named[] => {
    const groups = BARE.exec(cell.trim())?.groups
    return groups ? [withoutUndefined(groups)] : []
  })
  const scaled = found.filter(({ outOf, percent }) => outOf !== undefined || percent !== undefined)
  const [only, ...others] = scaled.length > 0 ? scaled : found
  // Of several numbers nobody knows which is the grade.
  return only && others.length === 0 ? gradeOf(cells[0] ?? '', only, text) : undefined
}

const withoutUndefined = (groups: Readonly<Record<string, string | undefined>> | undefined): Named =>
  Object.fromEntries(Object.entries(groups ?? {}).filter(([, value]) => value !== undefined))

/** The grades in the rows of a table. */
export function gradesInTable(rows: readonly (readonly string[])[]): WrittenGrade[] {
  const columns = columnsIn(rows[0] ?? [])
  return rows.slice(columns ? 1 : 0).flatMap((cells) => gradeInRow(cells, columns) ?? [])
}
