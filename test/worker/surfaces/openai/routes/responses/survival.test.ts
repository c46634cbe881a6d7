import { beforeAll, describe, expect, it } from 'vitest'
import { lastResponse, responseEvents } from '../../../../../support/response-events.ts'
import { uniqueModel, usage } from '../../../../samples.ts'
import { createWorld, type World } from '../../../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

/** Two nodes of one model. */
async function pair() {
  const { id, holding } = uniqueModel()
  const nodes = [
    await world.addNode({ models: [holding] }),
    await world.addNode({ models: [holding] }),
  ] as const
  return { id, nodes }
}

describe('a response whose node is lost', () => {
  it.each([true, false])(
    'goes on elsewhere behind its last token, with background: %s',
    async (background) => {
      const { id, nodes } = await pair()
      const starts = nodes.map(async (node) => ({ node, start: await node.next('generation.start') }))
      const text = world
        .request('/v1/responses', { body: { model: id, input: 'Hi', stream: true, background } })
        .then((response) => response.text())
      const { node, start } = await Promise.race(starts)
      node.send({ type: 'step', step: [[start.callId, 'Hel', [7]]] })
      await node.ping()
      node.close()
      const other = nodes.find((one) => one !== node)
      const again = await Promise.all(starts).then((all) => all.find((one) => one.node === other)?.start)
      expect(again?.request.resume).toEqual([7])
      const callId = again?.callId ?? ''
      other?.send({ type: 'step', step: [[callId, 'lo', [8]]] })
      other?.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
      expect(lastResponse(responseEvents(await text))).toMatchObject({
        status: 'completed',
        output: [{ content: [{ text: 'Hello' }] }],
      })
    },
  )
})
