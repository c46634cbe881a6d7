import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { FrameQueue, MAX_WAITING_FRAMES } from '../../../../worker/durable/room/frame-queue.ts'

describe('a frame', () => {
  it(`has room for ${MAX_WAITING_FRAMES} behind it, and for not one more`, async () => {
    const { 0: phone, 1: laptop } = new WebSocketPair()
    const queue = new FrameQueue()
    let order = ''
    const first = Promise.withResolvers<void>()
    void queue.run(phone, () => first.promise)
    const waiting = Array.from({ length: MAX_WAITING_FRAMES }, (_, index) =>
      queue.run(phone, async () => {
        order += `${index} `
      }),
    )
    expect(waiting.at(-1)).toBeDefined()
    expect(queue.run(phone, async () => {})).toBeUndefined()
    await queue.run(laptop, async () => {})
    expect(order).toBe('')
    first.resolve()
    await Promise.all(waiting)
    expect(order).toBe(waiting.map((_, index) => `${index} `).join(''))
    expect(queue.run(phone, async () => {})).toBeDefined()
  })
})
