import { describe, expect, it } from 'vitest'
import {
  decodeFrame,
  EdgeCommand,
  MAX_COMMAND_LENGTH,
  MAX_EVENT_LENGTH,
  NodeEvent,
} from '../../shared/wire.ts'
import { goodCommands, goodEvents } from '../support/frames.ts'
import { OBJECT_WORDS, wordedFrames } from '../support/object-words.ts'

/** Frames of hundreds of adapters say nothing that shorter ones do not. */
const short = <Frame>(frames: readonly [string, Frame][]) =>
  frames.filter(([, frame]) => JSON.stringify(frame).length < 4_000)

const own = Object.getOwnPropertyNames(Object.prototype)

describe.each([
  ['node', NodeEvent, MAX_EVENT_LENGTH, short(goodEvents)],
  ['edge', EdgeCommand, MAX_COMMAND_LENGTH, short(goodCommands)],
] as const)(
  'a frame of the %s whose fields hold names that every object has',
  (_side, schema, most, frames) => {
    it.each(frames)('is taken, or refused with a reason: %s', (_name, frame) => {
      const worded = wordedFrames(frame)
      expect(worded.length).toBeGreaterThan(OBJECT_WORDS.length)
      for (const text of worded) {
        const decoded = decodeFrame<unknown>(schema, text, most)
        if (!decoded.ok) expect([text, decoded.reason]).toEqual([text, expect.stringMatching(/./)])
      }
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(own)
      expect({}).not.toHaveProperty('1')
    })
  },
)
