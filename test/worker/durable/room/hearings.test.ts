import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_UNREAD_BYTES } from '../../../../worker/durable/line-stream.ts'
import { Hearings, RESUME_GRACE_MS, SOCKET_GRACE_MS } from '../../../../worker/durable/room/hearings.ts'
import type { RoomReading } from '../../../../worker/services/conversations/chat.ts'
import type { RoomEvent } from '../../../../worker/services/conversations/room-events.ts'
import { KEEP_ALIVE_MS, readEvents } from '../../../../worker/services/inference/event-lines.ts'

const start: RoomEvent = { type: 'answer.start', messageId: 'm', position: 2, model: 'x' }
const delta: RoomEvent = { type: 'answer.delta', position: 2, text: 'Good', offset: 4 }
const end: RoomEvent = { type: 'answer.error', position: 2, code: 'node_failed', message: 'It broke off.' }

/** A desk that answers `current` while others wait, and says what became of them. */
class Desk {
  currentId: string | undefined = 'current'
  waiting = ['second', 'third']
  readonly cancel = vi.fn(() => true)

  withdraw(isGone: (id: string) => boolean): void {
    this.waiting = this.waiting.filter((id) => !isGone(id))
  }
}

let desk: Desk
let sockets: number
let hearings: Hearings
beforeEach(() => {
  vi.useFakeTimers()
  desk = new Desk()
  sockets = 0
  hearings = new Hearings({ desk, hasSockets: () => sockets > 0 })
})
afterEach(() => void vi.useRealTimers())

const listen = (questionId: string, isResumable = false) => hearings.open({ questionId, isResumable })

/** Everything that a reader whose stream has ended was told. */
async function heard({ events }: RoomReading): Promise<RoomEvent[]> {
  const all: RoomEvent[] = []
  for await (const some of readEvents<RoomEvent>(events)) all.push(...some)
  return all
}

describe('a reader over HTTP', () => {
  it('hears the answer to its own question, up to its one end', async () => {
    const [mine, theirs] = [listen('current'), listen('second')]
    for (const event of [start, delta, end]) hearings.tell('current', event)
    hearings.tell('current', delta)
    expect(await heard(mine)).toEqual([start, delta, end])
    hearings.tell('second', end)
    expect(await heard(theirs)).toEqual([end])
  })

  it('who comes back is told what it missed, then the rest', async () => {
    const back = hearings.join('current', delta)
    hearings.tell('current', end)
    expect(await heard(back)).toEqual([delta, end])
  })

  it('of what is over is told all of it at once, and stops nothing by going', async () => {
    expect(await heard(hearings.replay([delta, end]))).toEqual([delta, end])
    await vi.advanceTimersByTimeAsync(SOCKET_GRACE_MS)
    expect(desk.cancel).not.toHaveBeenCalled()
  })

  it('is given signs of life while the room is silent, and nobody is once all have left', async () => {
    const { events, listenerId } = listen('current')
    const reader = events.getReader()
    await vi.advanceTimersByTimeAsync(KEEP_ALIVE_MS)
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('\n')
    hearings.leave(listenerId)
    await vi.advanceTimersByTimeAsync(KEEP_ALIVE_MS)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the answer in the making', () => {
  it('is stopped at once when its last reader leaves who cannot come back', async () => {
    const { listenerId } = listen('current')
    hearings.leave(listenerId)
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.cancel).toHaveBeenCalledTimes(1)
  })

  it('is stopped when its last reader is too far behind, which then gets what it had', async () => {
    const slow = listen('current')
    const long: RoomEvent = { ...delta, text: 'x'.repeat(MAX_UNREAD_BYTES) }
    hearings.tell('current', long)
    await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS)
    expect(desk.cancel).not.toHaveBeenCalled()
    hearings.tell('current', delta)
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.cancel).toHaveBeenCalledOnce()
    expect(await heard(slow)).toEqual([long])
  })

  it('is stopped when its last reader lets go of the stream', async () => {
    const { events } = listen('current')
    await events.cancel()
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.cancel).toHaveBeenCalledTimes(1)
  })

  it(`goes on for ${RESUME_GRACE_MS} ms, and no longer, for a reader who can come back`, async () => {
    hearings.leave(listen('current', true).listenerId)
    await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS - 1)
    expect(desk.cancel).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.cancel).toHaveBeenCalledTimes(1)
  })

  it('goes on for a reader who came back in time', async () => {
    hearings.leave(listen('current', true).listenerId)
    await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS - 1)
    hearings.join('current', undefined)
    await vi.advanceTimersByTimeAsync(SOCKET_GRACE_MS)
    expect(desk.cancel).not.toHaveBeenCalled()
  })

  it.each<[who: string, stay: () => void]>([
    ['another reader', () => void listen('current')],
    [
      'a socket',
      () => {
        sockets = 1
      },
    ],
  ])('goes on for %s that stays', async (_who, stay) => {
    stay()
    hearings.leave(listen('current').listenerId)
    await vi.advanceTimersByTimeAsync(SOCKET_GRACE_MS)
    expect(desk.cancel).not.toHaveBeenCalled()
  })

  it('is not kept going by those who wait for another', async () => {
    listen('second')
    hearings.leave(listen('current').listenerId)
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.cancel).toHaveBeenCalledTimes(1)
    expect(desk.waiting).toEqual(['second'])
  })

  it(`is stopped ${SOCKET_GRACE_MS} ms after it began for nobody, and no earlier`, async () => {
    hearings.tell('current', start)
    await vi.advanceTimersByTimeAsync(SOCKET_GRACE_MS - 1)
    expect(desk.cancel).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.cancel).toHaveBeenCalledTimes(1)
  })

  it('is left alone when it has ended before its readers’ time was over', async () => {
    hearings.leave(listen('current', true).listenerId)
    desk.currentId = undefined
    await vi.advanceTimersByTimeAsync(RESUME_GRACE_MS)
    expect(desk.cancel).not.toHaveBeenCalled()
  })
})

describe('a question that waits', () => {
  it('is withdrawn when its one reader leaves, and no other is', () => {
    const { listenerId } = listen('second')
    hearings.leave(listenerId)
    expect(desk.waiting).toEqual(['third'])
  })

  it('stays while a socket listens: it hears all answers', () => {
    sockets = 1
    hearings.leave(listen('second').listenerId)
    expect(desk.waiting).toEqual(['second', 'third'])
  })
})
