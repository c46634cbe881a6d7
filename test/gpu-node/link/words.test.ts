import { describe, expect, it } from 'vitest'
import { runNode } from '../../../gpu-node/node.ts'
import { createLogger } from '../../../shared/log.ts'
import { decodeFrame, EdgeCommand, MAX_COMMAND_LENGTH } from '../../../shared/wire.ts'
import { goodCommands } from '../../support/frames.ts'
import { wordedFrames } from '../../support/object-words.ts'
import { FakeEngine, startOf } from '../fake-engine.ts'
import { FakeEdge } from './fake-edge.ts'

const HARDWARE = { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] }

/** Frames about calls that the schema takes. */
const taken = goodCommands
  .filter(([, frame]) => /^(?:generation|embedding|call)\./.test('type' in frame ? String(frame.type) : ''))
  .flatMap(([, frame]) => wordedFrames(frame))
  .filter((text) => decodeFrame(EdgeCommand, text, MAX_COMMAND_LENGTH).ok)

describe('an edge whose frames hold names that every object has', () => {
  it('finds the node taking calls as before, on the same link or on the next', async () => {
    const edge = await FakeEdge.start()
    const abort = new AbortController()
    const engine = new FakeEngine()
    const done = runNode(
      {
        edge: edge.origin,
        credential: 'x',
        name: 'test',
        version: '1',
        hardware: HARDWARE,
        createEngine: async () => engine,
        log: createLogger(() => {}),
        wait: async () => {},
      },
      abort.signal,
    )
    let link = await edge.nextLink()
    await link.welcome()
    expect(taken.length).toBeGreaterThan(100)
    for (const [index, text] of taken.entries()) {
      const probe = `probe-${index}`
      link.sendRaw(text)
      link.send(startOf(probe))
      const seen = async () => {
        while (!engine.commands.some(({ callId }) => callId === probe))
          await engine.received(engine.commands.length + 1)
      }
      const end = await Promise.race([link.closed(), seen()])
      if (!end) continue
      // The same call twice is the edge's fault, and no more than that.
      expect([text, end.reason]).toEqual([text, expect.stringMatching(/already running/)])
      link = await edge.nextLink()
      await link.welcome()
    }
    abort.abort()
    await done
    await edge.close()
  })
})
