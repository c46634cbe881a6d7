import { describe, expect, it } from 'vitest'
import type { RoomStream } from '../../../../worker/services/conversations/chat.ts'
import { answerEvents, wholeAnswer } from '../../../../worker/services/conversations/room-answer.ts'
import type { RoomEvent } from '../../../../worker/services/conversations/room-events.ts'

const start: RoomEvent = { type: 'answer.start', messageId: 'm', position: 2, model: 'x' }
const delta = (text: string): RoomEvent => ({ type: 'answer.delta', position: 2, text, offset: text.length })
const end: RoomEvent = {
  type: 'answer.end',
  position: 2,
  messageId: 'm',
  state: 'complete',
  finishReason: 'stop',
  model: 'x',
  usage: null,
  totalMs: 1,
  charts: null,
}
const failure: RoomEvent = {
  type: 'answer.error',
  position: 2,
  code: 'no_capacity',
  message: 'All busy.',
  param: 'model',
  retryAfterSeconds: 2,
}

async function* streamOf(...lists: RoomEvent[][]): RoomStream {
  yield* lists
}

describe('an answer out of a room', () => {
  it('is its pieces together, and its end', async () => {
    const answer = await wholeAnswer(streamOf([start], [], [delta('Good'), delta(' day')], [delta('.'), end]))
    expect(answer).toEqual({ text: 'Good day.', end })
  })

  it('passes signs of life on', async () => {
    const lists: RoomEvent[][] = []
    for await (const events of answerEvents(streamOf([start], [], [end]))) lists.push([...events])
    expect(lists).toEqual([[start], [], [end]])
  })

  it('is heard as far as it came before its failure is thrown with all that is known of it', async () => {
    const heard: RoomEvent[] = []
    const reading = (async () => {
      for await (const events of answerEvents(streamOf([start], [delta('Go'), failure])))
        heard.push(...events)
    })()
    await expect(reading).rejects.toMatchObject({
      code: 'no_capacity',
      message: 'All busy.',
      param: 'model',
      retryAfterSeconds: 2,
    })
    expect(heard).toEqual([start, delta('Go')])
  })

  it('without an end is a failure', async () => {
    await expect(wholeAnswer(streamOf([start], [delta('Go')]))).rejects.toMatchObject({ code: 'node_failed' })
  })
})
