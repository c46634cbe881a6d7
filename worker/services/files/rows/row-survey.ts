import { AppError } from '../../../../shared/errors.ts'
import { readJson } from '../../../../shared/json-text.ts'
import { guessRowType, ROW_TYPES, type RowType, readRow } from '../../../../shared/training-rows.ts'
import { MIB } from '../../../../shared/units.ts'
import type { Findings, LineFault, PieceSurvey } from '../../../db/tables/files.ts'
import { type Line, LineCutter, MAX_LINE_BYTES } from './lines.ts'

/** Lines of a file of rows: what there is to check is bounded by them, not by its bytes alone. */
export const MAX_LINES = 1_000_000

/** Mistakes of a file that are told. */
export const MAX_FAULTS = 10

const BYTE_ORDER_MARK = '\ufeff'

const BLANK = /^[\t\r ]*$/

/** The findings about a whole file of rows: their form, and the mistakes in the order of their lines. */
export interface RowSurvey {
  rows: number
  type: RowType | null
  faults: LineFault[]
}

export const noFindings = (): Findings => ({ rows: 0, forms: [], faults: [] })

/** Whether nothing that follows changes what is told. */
export const isFull = ({ faults }: Findings): boolean =>
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

/** Notes where rows of a form stand: all of a file are to be of one. */
function noteForm({ forms }: Findings, type: RowType, lines: readonly number[]): void {
  let form = forms.find((known) => known.type === type)
  if (!form) {
    form = { type, lines: [] }
    forms.push(form)
  }
  form.lines.push(...lines.slice(0, MAX_FAULTS - form.lines.length))
}

/** The findings about a file, all of which has been looked at: rows of another form than the first are mistakes. */
export function conclude({ rows, forms, faults }: Findings): RowSurvey {
  const [first, ...others] = forms.toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
  const strays = others.flatMap(({ type, lines }) =>
    lines.map((line) => ({
      line,
      field: '',
      message: `the row is ${type}, and the first one is ${first?.type}`,
    })),
  )
  const all = [...faults, ...strays].toSorted((a, b) => a.line - b.line)
  return { rows, type: first?.type ?? null, faults: all.slice(0, MAX_FAULTS) }
}

/** The mistakes of a line. */
function faultsOf({ bytes, length }: Line, found: Findings, line: number): Omit<LineFault, 'line'>[] {
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
  found.rows += 1
  noteForm(found, type, [line])
  return []
}

/** Adds a mistake where too many lines end in a file, although nothing may stand in them. */
export function checkLineCount(survey: Findings, lines: number): void {
  if (lines > MAX_LINES && !isFull(survey)) survey.faults.push(tooMany(MAX_LINES + 1))
}

/** Checks a line of a file of rows, and adds to the survey what is found. Blank lines are passed over. */
export function surveyLine(survey: Findings, given: Line, line: number): void {
  if (isFull(survey) || given.length === 0) return
  if (line > MAX_LINES) survey.faults.push(tooMany(line))
  else for (const fault of faultsOf(given, survey, line)) survey.faults.push({ line, ...fault })
  survey.faults.splice(MAX_FAULTS)
}

/** Checks the lines of a whole file as its bytes come. */
export function surveyFile() {
  const survey = noFindings()
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
      return conclude(survey)
    },
  }
}

/** Checks the whole lines of a piece of a file as its bytes come; the parts of lines at its ends are for `joinSurveys`. */
export function surveyPiece() {
  const survey = noFindings()
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
export function addPiece(survey: Findings, piece: PieceSurvey, linesBefore: number): void {
  if (isFull(survey)) return
  survey.rows += piece.rows
  for (const { type, lines } of piece.forms)
    noteForm(
      survey,
      type,
      lines.map((line) => line + linesBefore),
    )
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
