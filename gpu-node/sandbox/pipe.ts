import { z } from 'zod'
import { FILE_FAULTS, MAX_TASK_FILES, TaskFigures, type TaskWork } from '../../shared/tasks/tasks.ts'

/** Longest frame of a sandbox, without the four bytes of its length. */
export const MAX_PIPE_FRAME = 1024 * 1024

/** The first byte of a frame: a message in JSON, or bytes of the output with that number less one. */
export const MESSAGE_FRAME = 0
export const outputFrame = (index: number): number => index + 1

/** The word of the thread that works to the one that waits: all is said. */
export const OVER = 'over'

/** The bytes of a file that one frame carries. */
export const PIPE_PIECE_BYTES = 256 * 1024

/** The first frame to a sandbox. Behind it come the bytes of the inputs, in order, and nothing more: its end is the node's. */
export interface SandboxOrder {
  work: TaskWork
  inputs: { name: string; bytes: number }[]
  outputs: string[]
  limitMs: number
}

const Count = z.int().nonnegative()

/** The words of a sandbox, which nobody needs to believe: it reads files of strangers. */
export const SandboxMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), done: Count, total: Count }),
  z.object({ type: z.literal('done'), figures: TaskFigures }),
  z.object({ type: z.literal('fault'), code: z.enum(FILE_FAULTS), message: z.string().max(1_000) }),
])
export type SandboxMessage = z.infer<typeof SandboxMessage>

/** A piece of what a sandbox says. */
export type PipeFrame = { message: SandboxMessage } | { output: number; bytes: Uint8Array }

/** A frame as it travels. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + payload.length)
  new DataView(frame.buffer).setUint32(0, payload.length + 1, true)
  frame[4] = type
  frame.set(payload, 5)
  return frame
}

export const encodeMessage = (message: object): Uint8Array =>
  encodeFrame(MESSAGE_FRAME, new TextEncoder().encode(JSON.stringify(message)))

/** Takes the bytes of a sandbox apart. Throws for what is no frame: then it is not our sandbox that speaks. */
export class PipeReader {
  #rest: Uint8Array = new Uint8Array(0)

  /** The frames that end with this piece. */
  read(piece: Uint8Array): PipeFrame[] {
    const frames: PipeFrame[] = []
    let bytes = this.#rest.length === 0 ? piece : joined(this.#rest, piece)
    while (bytes.length >= 4) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
      if (length < 1 || length > MAX_PIPE_FRAME) throw new RangeError(`A frame of ${length} bytes.`)
      if (bytes.length < 4 + length) break
      frames.push(decoded(bytes.subarray(4, 4 + length)))
      bytes = bytes.subarray(4 + length)
    }
    this.#rest = bytes.slice()
    return frames
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

function decoded(frame: Uint8Array): PipeFrame {
  const [type = 0] = frame
  const payload = frame.subarray(1)
  if (type === MESSAGE_FRAME)
    return { message: SandboxMessage.parse(JSON.parse(new TextDecoder().decode(payload))) }
  if (type > MAX_TASK_FILES) throw new RangeError(`A frame of type ${type}.`)
  return { output: type - 1, bytes: payload }
}
