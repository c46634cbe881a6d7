import { NoResult, NotFound } from '../math/math-fault.ts'
import type { ErrandResult } from './errand-pipe.ts'

/** The end of a calculation, also of one without a result. */
export function calculated(calculate: () => string): ErrandResult {
  try {
    return { output: calculate(), failed: false }
  } catch (thrown) {
    if (thrown instanceof NotFound) return { output: thrown.message, failed: true, notFound: true }
    if (thrown instanceof NoResult) return { output: thrown.message, failed: true }
    if (thrown instanceof RangeError) return { output: 'This is too deep or too large.', failed: true }
    throw thrown
  }
}
