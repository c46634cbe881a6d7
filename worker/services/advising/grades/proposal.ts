import type { Block, DocumentPage } from '../../../../shared/document-page.ts'
import { gradesInTable, gradesInText, type WrittenGrade } from './written-grades.ts'

/** Grades of one proposal: as many as a profile has. */
export const MAX_PROPOSED_GRADES = 100

/** The scales that profiles know. */
const [TWENTY, HUNDRED] = [20, 100]

/** A place of a transcript. */
export interface Evidence {
  page: number
  text: string
}

export interface ProposedGrade extends Evidence {
  subjectName: string
  grade: number
  weight: number | null
}

/** The grades of a transcript for a student to look at. Nobody but the student writes them into a profile. */
export interface Proposal {
  grades: readonly ProposedGrade[]
  /** All of the grades are out of this; null where the transcript does not say. */
  outOf: number | null
  /** An average that the transcript states out of 20. */
  gpa: (Evidence & { value: number }) | null
  /** Pages that are pictures, or in a font that says nothing of its letters. */
  unreadPages: readonly number[]
}

const AVERAGE = /\b(?:average|mean|gpa|grade point average|moyenne)\b/iu

function gradesIn(block: Block): WrittenGrade[] {
  if (block.kind === 'table') return gradesInTable(block.rows)
  if (block.kind === 'list') return block.items.flatMap(gradesInText)
  return gradesInText(block.text)
}

type Found = WrittenGrade & { page: number }

/** Rounds away what a division by another scale has left behind. */
const rounded = (value: number): number => Math.round(value * 100) / 100

/**
 * All grades on one scale. Those of a transcript that states several, or another than profiles know, become those of a hundred;
 * where some state one of these and others none, nobody knows what the others are out of, and they are left out.
 */
function onOneScale(found: readonly Found[]): { grades: Found[]; outOf: number | null } {
  const scales = new Set(found.map(({ outOf }) => outOf))
  const [only = null] = scales
  if (scales.size <= 1 && (only === null || only === TWENTY || only === HUNDRED)) {
    return { grades: [...found], outOf: only }
  }
  const stated = [...scales].filter((scale) => scale !== null)
  if (stated.length === 1 && stated[0] === TWENTY) {
    return { grades: found.filter(({ outOf }) => outOf !== null), outOf: TWENTY }
  }
  const grades = found.flatMap((grade) =>
    grade.outOf === null ? [] : { ...grade, value: rounded((grade.value / grade.outOf) * HUNDRED) },
  )
  return { grades, outOf: HUNDRED }
}

/** Reads a transcript page by page. What is not understood is left out, and never guessed. */
export async function proposalOf(pages: AsyncIterable<DocumentPage>): Promise<Proposal> {
  const found: Found[] = []
  const unreadPages: number[] = []
  for await (const { page, blocks, usable } of pages) {
    const number = page ?? 1
    if (!usable) unreadPages.push(number)
    for (const block of blocks) {
      if (found.length > MAX_PROPOSED_GRADES) break
      found.push(...gradesIn(block).map((grade) => ({ ...grade, page: number })))
    }
  }
  const averages = found.filter(({ subject }) => AVERAGE.test(subject))
  const average = averages.find(({ outOf }) => outOf === TWENTY)
  const { grades, outOf } = onOneScale(found.filter((grade) => !averages.includes(grade)))
  return {
    outOf,
    unreadPages,
    gpa: average ? { value: average.value, page: average.page, text: average.text } : null,
    grades: grades.slice(0, MAX_PROPOSED_GRADES).map(({ subject, value, weight, page, text }) => ({
      subjectName: subject,
      grade: value,
      weight,
      page,
      text,
    })),
  }
}
