/** Frames of one socket that may wait for the one before them to be dealt with. */
export const MAX_WAITING_FRAMES = 32

/** Deals with each socket's frames one after the other: a message waits until the token before it was looked at. */
export class FrameQueue {
  readonly #queues = new WeakMap<WebSocket, { tail: Promise<void>; length: number }>()

  /** Resolves when the frame was dealt with; undefined when too many wait already. `work` does not throw. */
  run(socket: WebSocket, work: () => Promise<void>): Promise<void> | undefined {
    const queue = this.#queues.get(socket) ?? { tail: Promise.resolve(), length: 0 }
    if (queue.length > MAX_WAITING_FRAMES) return undefined
    queue.length += 1
    queue.tail = queue.tail.then(work).finally(() => {
      queue.length -= 1
    })
    this.#queues.set(socket, queue)
    return queue.tail
  }
}
