import type { PieceSurvey } from '../../../db/tables/files.ts'
import type { ByteRange } from '../object-bytes.ts'
import { joined, type Line, MAX_LINE_BYTES } from './lines.ts'
import { addPiece, conclude, isFull, noFindings, type RowSurvey, surveyLine } from './row-survey.ts'

/** A piece of a file, and what was found when it came. */
export interface SurveyedPiece {
  key: string
  sizeBytes: number
  survey: PieceSurvey
}

/** A stretch of an object. */
type Stretch = ByteRange & { key: string }

/**
 * The findings about a whole file from those about its pieces, in order: only the lines that two or more pieces share are still
 * to be read. `read` gives the bytes of a stretch.
 */
export async function joinSurveys(
  pieces: readonly SurveyedPiece[],
  read: (stretch: Stretch) => Promise<Uint8Array>,
): Promise<RowSurvey> {
  const survey = noFindings()
  let lines = 0
  let open: Stretch[] = []

  async function openLine(): Promise<Line> {
    const length = open.reduce((sum, stretch) => sum + stretch.length, 0)
    if (length > MAX_LINE_BYTES) return { bytes: undefined, length }
    const stretches = await Promise.all(open.filter((stretch) => stretch.length > 0).map(read))
    return { bytes: joined(stretches, length), length }
  }

  for (const { key, sizeBytes, survey: found } of pieces) {
    if (isFull(survey)) return conclude(survey)
    if (found.lineEnds === 0) {
      open.push({ key, offset: 0, length: sizeBytes })
      continue
    }
    open.push({ key, offset: 0, length: found.headBytes - 1 })
    surveyLine(survey, await openLine(), lines + 1)
    addPiece(survey, found, lines)
    lines += found.lineEnds
    open = [{ key, offset: sizeBytes - found.tailBytes, length: found.tailBytes }]
  }
  surveyLine(survey, await openLine(), lines + 1)
  return conclude(survey)
}
