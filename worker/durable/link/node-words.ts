import type { FailureEvent } from '../../../shared/generation.ts'
import { type TrainingReport, TrainingWishes } from '../../../shared/training.ts'
import { NODE_ERROR_CODES, type NodeEvent } from '../../../shared/wire.ts'

const NODE_FAILED = {
  type: 'error',
  code: 'node_failed',
  message: 'The node could not run this request.',
} as const

/** A place in a file system, as Unix and Windows write it; not the pointer into a schema that begins with `#`. */
const PATH = /(?<![\p{L}\p{N}_#])(?:~|\.{1,2}|[A-Za-z]:)?(?:[\\/][^\s\\/"'`“”‘’<>|:;,()[\]{}]+){2,}[\\/]?/gu

/** Stands in the place of a path. */
export const UNTOLD_PATH = '[path]'

/** A node's sentence without the paths of its machine; a dot at the end of one is the sentence's. */
export const withoutPaths = (words: string): string =>
  words.replace(PATH, (path) => (path.endsWith('.') ? `${UNTOLD_PATH}.` : UNTOLD_PATH))

type Settings = Extract<TrainingReport, { kind: 'started' }>['settings']

/** The settings that accounts are told of: those that they can wish for, and how many steps that comes to. */
const SETTING_NAMES: ReadonlySet<string> = new Set([...Object.keys(TrainingWishes.shape), 'totalSteps'])

/** One word, as methods, schedules and modules of a model are called: no place in a file system, and no sentence. */
const isWord = (value: unknown): boolean => typeof value === 'string' && /^\w[\w.-]{0,63}$/.test(value)

/** Stands for a word of a node that is none. */
export const UNTOLD_WORD = 'unknown'

const areNumbers = (values: string[] | number[]): values is number[] =>
  values.every((value) => typeof value === 'number')

/** A node's settings without names and words of its own. */
const toldSettings = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]): [string, Settings[string]][] => {
      if (!SETTING_NAMES.has(name)) return []
      if (Array.isArray(value)) return [[name, areNumbers(value) ? value : value.filter(isWord)]]
      return [[name, typeof value === 'string' && !isWord(value) ? UNTOLD_WORD : value]]
    }),
  )

/** A node's report of a job as its account is told of it. */
export function toldReportOf(report: TrainingReport): TrainingReport {
  switch (report.kind) {
    case 'started':
      return { ...report, settings: toldSettings(report.settings) }
    case 'warning':
      return {
        ...report,
        code: isWord(report.code) ? report.code : UNTOLD_WORD,
        message: withoutPaths(report.message),
      }
    case 'refused':
    case 'failed':
      return { ...report, message: withoutPaths(report.message) }
    default:
      return report
  }
}

/**
 * The failure of a call as its caller is told of it. Of a node's own failure only that it failed: what went wrong on its machine
 * is its operator's to know. What is wrong with the request is in the node's words.
 */
export function toldOf({
  code,
  message,
  param,
  endedEngine,
}: Extract<NodeEvent, { type: 'call.error' }>): FailureEvent {
  if (code === 'node_failed' || !NODE_ERROR_CODES.has(code)) return { ...NODE_FAILED, endedEngine }
  return {
    type: 'error',
    code,
    message: withoutPaths(message),
    param: param === undefined ? undefined : withoutPaths(param),
    endedEngine,
  }
}
