import { AppError } from '../../../../shared/errors.ts'
import { readJson } from '../../../../shared/json-text.ts'
import { guessRowType, ROW_TYPES, type RowType, readRow } from '../../../../shared/training-rows.ts'
import { MIB } from '../../../../shared/units.ts'
import type { LineFault, PieceSurvey } from '../../../db/tables/files.ts'
import { type Line, LineCutter, MAX_LINE_BYTES } from './lines.ts'

/** Lines of a file of rows: what there is to check is bounded by them, not by its bytes alone. */
export const MAX_LINES = 1_000_000

/** Mistakes of a file that are told. */
export const MAX_FAULTS = 10

const BYTE_ORDER_MARK = '\ufeff'

const BLANK = /^[\t\r ]*$/

/** The findings about rows, in the order of their lines. */
export interface RowSurvey {
  rows: number
  type: RowType | null
  /** The line of the first row. */
  typeLine: number
  faults: LineFault[]
}

export const emptySurvey = (): RowSurvey => ({ rows: 0, type: null, typeLine: 0, faults: [] })

/** Whether nothing that follows changes what is told. */
export const isFull = ({ faults }: RowSurvey): boolean =>
  faults.length >= MAX_FAULTS || (faults.at(-1)?.line ?? 0) > MAX_LINES

const tooMany = (line: number): LineFault => ({
  line,
  field: '',
  message: `a file has at most ${MAX_LINES} lines`,
})

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const otherType = (type: RowType, first: RowType) => `the row is ${type}, and the first one is ${first}`

/** Notes the form of a row; a mistake where it is not that of the rows before. */
function noteType(survey: RowSurvey, type: RowType, line: number): void {
  if (survey.type === null) {
    survey.type = type
    survey.typeLine = line
  } else if (survey.type !== type)
    survey.faults.push({ line, field: '', message: otherType(type, survey.type) })
}

/** The mistakes of a line. */
function faultsOf({ bytes, length }: Line, survey: RowSurvey, line: number): Omit<LineFault, 'line'>[] {
  if (!bytes)
    return [
      { field: '', message: `it has ${length} bytes, and a line has at most ${MAX_LINE_BYTES / MIB} MB` },
    ]
  const text = textOf(bytes)
  if (text === undefined) return [{ field: '', message: 'it is not valid UTF-8' }]
  if (BLANK.test(text)) return []
  if (text.startsWith(BYTE_ORDER_MARK)) return [{ field: '', message: 'it begins with a byte order mark' }]
  let value: unknown
  try {
    ;({ value } = readJson(text, 'it'))
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const message = thrown.message.replace(/^(it |Invalid '[^']*': )/, '').replace(/\.$/, '')
    return [{ field: thrown.param ?? '', message: thrown.param === undefined ? `it ${message}` : message }]
  }
  const type = guessRowType(value)
  if (!type) return [{ field: '', message: `it has the fields of none of ${ROW_TYPES.join(', ')}` }]
  const read = readRow(type, value)
  if ('faults' in read) return read.faults
  survey.rows += 1
  noteType(survey, type, line)
  return []
}

/** Adds a mistake where too many lines end in a file, although nothing may stand in them. */
export function checkLineCount(survey: RowSurvey, lines: number): void {
  if (lines > MAX_LINES && !isFull(survey)) survey.faults.push(tooMany(MAX_LINES + 1))
}

/** Checks a line of a file of rows, and adds to the survey what is found. Blank lines are passed over. */
export function surveyLine(survey: RowSurvey, given: Line, line: number): void {
  if (isFull(survey) || given.length === 0) return
  if (line > MAX_LINES) survey.faults.push(tooMany(line))
  else for (const fault of faultsOf(given, survey, line)) survey.faults.push({ line, ...fault })
  survey.faults.splice(MAX_FAULTS)
}

/** Checks the lines of a whole file as its bytes come. */
export function surveyFile() {
  const survey = emptySurvey()
  let line = 0
  const cutter = new LineCutter((given) => {
    line += 1
    surveyLine(survey, given, line)
    return line <= MAX_LINES && !isFull(survey)
  })
  return {
    write: (chunk: Uint8Array) => cutter.write(chunk),
    end(): RowSurvey {
      surveyLine(survey, cutter.end(), line + 1)
      checkLineCount(survey, line)
      return survey
    },
  }
}

/** Checks the whole lines of a piece of a file as its bytes come; the parts of lines at its ends are for `joinSurveys`. */
export function surveyPiece() {
  const survey = emptySurvey()
  let [lineEnds, headBytes] = [0, 0]
  const cutter = new LineCutter((given) => {
    lineEnds += 1
    if (lineEnds === 1) headBytes = given.length + 1
    else surveyLine(survey, given, lineEnds)
    return lineEnds <= MAX_LINES && !isFull(survey)
  })
  return {
    write: (chunk: Uint8Array) => cutter.write(chunk),
    end(): PieceSurvey {
      const { length } = cutter.end()
      const isPart = lineEnds === 0
      return {
        ...survey,
        lineEnds,
        headBytes: isPart ? length : headBytes,
        tailBytes: isPart ? 0 : length,
      }
    },
  }
}

/** Adds the findings about a piece, before whose first line `linesBefore` others end. */
export function addPiece(survey: RowSurvey, piece: PieceSurvey, linesBefore: number): void {
  if (isFull(survey)) return
  survey.rows += piece.rows
  if (piece.type !== null) noteType(survey, piece.type, piece.typeLine + linesBefore)
  survey.faults.push(...piece.faults.map((fault) => ({ ...fault, line: fault.line + linesBefore })))
  survey.faults.sort((a, b) => a.line - b.line)
  checkLineCount(survey, linesBefore + piece.lineEnds)
  survey.faults.splice(MAX_FAULTS)
}

/** The refusal of a file for its mistakes, or for having no rows. Undefined where there is nothing wrong with it. */
export function refusalOf({ faults, rows }: RowSurvey): AppError | undefined {
  if (faults.length === 0 && rows > 0) return undefined
  const told = faults.map(({ line, field, message }) =>
    field === '' ? `line ${line}: ${message}` : `line ${line}, ${field}: ${message}`,
  )
  const why = faults.length === 0 ? 'it holds no rows' : told.join('; ')
  const [first] = faults
  return new AppError('invalid_request', `Invalid 'file': the rows cannot be trained on: ${why}.`, {
    param: 'file',
    flaw: { line: first?.line, cause: why },
  })
}
