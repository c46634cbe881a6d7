import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import type { CallEvent, ToolCallDelta } from '../../../../shared/generation.ts'
import { collectAnswer } from '../../../../worker/surfaces/openai/answers.ts'
import { usage } from '../../samples.ts'

const end: CallEvent = { type: 'end', finishReason: 'tool_calls', usage: usage() }
const piece = (toolCall: ToolCallDelta): CallEvent => ({
  type: 'delta',
  text: '',
  tokens: [1],
  extra: { toolCalls: [toolCall] },
})

/** A node's events as a stream, and whether its reader stayed to the end. */
function streamOf(...events: CallEvent[]) {
  const reader = { hasLeft: true }
  async function* stream() {
    for (const event of events) yield [event]
    reader.hasLeft = false
  }
  return { stream: stream(), reader }
}

describe('the tool calls of an answer', () => {
  it('are put together from their pieces', async () => {
    const { stream } = streamOf(
      piece({ index: 0, name: 'f', arguments: '{' }),
      piece({ index: 1, name: 'g', arguments: '' }),
      piece({ index: 0, arguments: '}' }),
      end,
    )
    expect((await collectAnswer(stream)).toolCalls).toEqual([
      { name: 'f', arguments: '{}' },
      { name: 'g', arguments: '' },
    ])
  })

  it.each<[what: string, pieces: ToolCallDelta[]]>([
    ['one is left out', [{ index: 1, name: 'g', arguments: '{}' }]],
    [
      'the next is left out',
      [
        { index: 0, name: 'f', arguments: '{}' },
        { index: 2, name: 'h', arguments: '{}' },
      ],
    ],
  ])('are no answer when %s: the node has failed, and its call is left at once', async (_what, pieces) => {
    const { stream, reader } = streamOf(...pieces.map(piece), end)
    await expect(collectAnswer(stream)).rejects.toMatchObject({ code: 'node_failed' })
    expect(reader.hasLeft).toBe(true)
  })
})
