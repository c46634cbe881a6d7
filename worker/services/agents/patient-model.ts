import { type ErrorCode, toAppError } from '../../../shared/errors.ts'
import { pauseUnless } from '../pause.ts'
import type { RunModel } from './run-model.ts'

/** A model that was there and is gone is looked for this often, and for so long. */
export const LOOK_AGAIN_MS = 500
export const COMES_BACK_WITHIN_MS = 30_000

/** The refusals of a model whose nodes are gone. */
const GONE: ReadonlySet<ErrorCode> = new Set(['node_failed', 'no_capacity', 'model_not_found'])

/**
 * The model of a run that waits for a node to come back, since a decision that nobody has heard can be made again. An answer of
 * which a piece was heard cannot; and a model that was not there when the run began is refused at once, as a chat's is.
 */
export function patientModel(model: RunModel, wasThere: boolean): RunModel {
  let isThere = wasThere
  return {
    async *generate(messages, wanted, signal) {
      for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
        let isHeard = false
        try {
          const pieces = model.generate(messages, wanted, signal)
          for (let piece = await pieces.next(); ; piece = await pieces.next()) {
            isThere = true
            if (piece.done) return piece.value
            // The pieces of a decision are read by nobody.
            if (wanted.schema !== undefined) continue
            isHeard = true
            yield piece.value
          }
        } catch (thrown) {
          const mayComeBack = isThere && !isHeard && GONE.has(toAppError(thrown).code)
          if (!mayComeBack || signal.aborted || waitedMs >= COMES_BACK_WITHIN_MS) throw thrown
        }
        await pauseUnless(LOOK_AGAIN_MS, signal)
      }
    },
  }
}
