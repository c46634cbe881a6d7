import { NODE_ERROR_CODES, type NodeEvent } from '../../../shared/wire.ts'
import type { NodeCalls } from './node-calls.ts'

/** The frames of a node that are about its calls. */
export type CallFrame = Extract<NodeEvent, { type: 'step' | 'call.vectors' | 'call.end' | 'call.error' }>

const NOT_A_NODES_TO_SAY = {
  code: 'node_failed',
  message: 'The node could not run this request.',
} as const

/** Hands a frame to the calls that it is about. Returns the fault of the frame, if it has one. */
export function deliverFrame(calls: NodeCalls, frame: CallFrame): string | undefined {
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
      const { callId, code, message, param, endedEngine } = frame
      const told = NODE_ERROR_CODES.has(code) ? { code, message, param } : NOT_A_NODES_TO_SAY
      return calls.end(callId, { type: 'error', ...told, endedEngine })
    }
    default:
      return frame satisfies never
  }
}
