import type { Profile } from './profiles.ts'
import type { AcademicRecord, Preferences, SubjectGrade } from './student.ts'

/** Characters of a profile that a model is told, so that a long one leaves room for the chat. */
export const MAX_GROUNDING_LENGTH = 4_000

const gradeText = ({ subjectName, grade, weight }: SubjectGrade): string =>
  `${subjectName} ${grade}${weight === undefined || weight === null ? '' : ` (weight ${weight})`}`

const listText = (items: readonly string[] | undefined): string | undefined =>
  items && items.length > 0 ? items.join(', ') : undefined

function budgetText({ budgetRangeMin: least, budgetRangeMax: most }: Preferences): string | undefined {
  if (least === undefined) return most === undefined ? undefined : `up to ${most}`
  return most === undefined ? `from ${least}` : `${least} to ${most}`
}

/** The facts about a student in the order of their weight, each with its value where it is known. */
function factsOf(record: AcademicRecord, wishes: Preferences): [name: string, value: string | undefined][] {
  return [
    ['Current status', record.currentStatus],
    ['Current institution', record.currentInstitution],
    ['Current field', record.currentField],
    ['GPA', record.gpa === undefined ? undefined : `${record.gpa} out of 20`],
    ['Preferred language', record.languagePreference],
    ['Career goals', wishes.careerGoals],
    ['Preferred region', wishes.geographicPreference],
    ['Budget', budgetText(wishes)],
    ['Favorite subjects', listText(wishes.favoriteSubjects)],
    ['Disliked subjects', listText(wishes.dislikedSubjects)],
    ['Grades', listText(record.subjectGrades?.map(gradeText))],
    ['Soft skills', listText(wishes.softSkills)],
    ['Hobbies', listText(wishes.hobbies)],
  ]
}

/** A student's profile as a model is told of it, and in plain words what is not known of them. */
export function groundingOf({
  name,
  academicRecord,
  preferences,
}: Pick<Profile, 'name' | 'academicRecord' | 'preferences'>): string {
  const facts = factsOf(academicRecord?.fields ?? {}, preferences?.fields ?? {})
  const lines = [`You advise a student. Their profile "${name}":`]
  const unknown: string[] = []
  const leftOut: string[] = []
  let length = lines.join('\n').length
  for (const [fact, value] of facts) {
    const line = `${fact}: ${value}`
    if (value === undefined) unknown.push(fact)
    else if (length + 1 + line.length > MAX_GROUNDING_LENGTH) leftOut.push(fact)
    else {
      lines.push(line)
      length += 1 + line.length
    }
  }
  if (leftOut.length > 0) lines.push(`Too long to be shown here: ${leftOut.join(', ')}.`)
  if (unknown.length > 0) lines.push(`Not known: ${unknown.join(', ')}. Do not guess it: ask.`)
  return lines.join('\n')
}
