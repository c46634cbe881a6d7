import type { NodeEvent } from '../../../shared/wire.ts'
import type { NodeCalls } from './node-calls.ts'
import { toldOf } from './node-words.ts'

/** The frames of a node that are about its calls. */
export type CallFrame = Extract<NodeEvent, { type: 'step' | 'call.vectors' | 'call.end' | 'call.error' }>

/** A node's own words on a call that failed: for the log alone. */
export type NodeFailure = Pick<Extract<NodeEvent, { type: 'call.error' }>, 'callId' | 'code' | 'message'>

/** Hands a frame to the calls that it is about. Returns the fault of the frame, if it has one. */
export function deliverFrame(
  calls: NodeCalls,
  frame: CallFrame,
  onFailure: (failure: NodeFailure) => void,
): string | undefined {
  switch (frame.type) {
    case 'step':
      for (const [callId, text, tokens, extra] of frame.step) {
        const fault = calls.deliver(callId, { type: 'delta', text, tokens, extra })
        if (fault) return fault
      }
      return undefined
    case 'call.vectors': {
      const { callId, start, vectors } = frame
      return calls.deliver(callId, { type: 'vectors', start, vectors })
    }
    case 'call.end': {
      const { callId, finishReason, usage } = frame
      return calls.end(callId, { type: 'end', finishReason, usage })
    }
    case 'call.error': {
      const { callId, code, message } = frame
      if (calls.has(callId)) onFailure({ callId, code, message })
      return calls.end(callId, toldOf(frame))
    }
    default:
      return frame satisfies never
  }
}
