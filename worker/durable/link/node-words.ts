import type { FailureEvent } from '../../../shared/generation.ts'
import type { TrainingReport } from '../../../shared/training.ts'
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

/** A node's sentence without the paths of its machine. */
export const withoutPaths = (words: string): string => words.replace(PATH, UNTOLD_PATH)

/** A node's report of a job as its account is told of it. */
export const toldReportOf = (report: TrainingReport): TrainingReport =>
  'message' in report ? { ...report, message: withoutPaths(report.message) } : report

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
