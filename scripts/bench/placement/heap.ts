/** Events by time, the earliest first: a binary heap in flat arrays that grow. */
export class EventHeap {
  #times = new Float64Array(1_024)
  #events = new Int32Array(1_024)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The time of the earliest event; endless when there is none. */
  get nextAt(): number {
    return this.#size > 0 ? (this.#times[0] ?? 0) : Number.POSITIVE_INFINITY
  }

  push(at: number, event: number): void {
    if (this.#size === this.#times.length) this.#grow()
    const [times, events] = [this.#times, this.#events]
    let place = this.#size
    this.#size += 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      const time = times[parent] ?? 0
      if (time <= at) break
      times[place] = time
      events[place] = events[parent] ?? 0
      place = parent
    }
    times[place] = at
    events[place] = event
  }

  /** Takes the earliest event. There must be one. */
  pop(): number {
    const [times, events] = [this.#times, this.#events]
    const first = events[0] ?? 0
    this.#size -= 1
    const size = this.#size
    const [at, event] = [times[size] ?? 0, events[size] ?? 0]
    let place = 0
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && (times[child + 1] ?? 0) < (times[child] ?? 0)) child += 1
      const time = times[child] ?? 0
      if (time >= at) break
      times[place] = time
      events[place] = events[child] ?? 0
      place = child
    }
    times[place] = at
    events[place] = event
    return first
  }

  #grow(): void {
    const [times, events] = [this.#times, this.#events]
    this.#times = new Float64Array(times.length * 2)
    this.#events = new Int32Array(events.length * 2)
    this.#times.set(times)
    this.#events.set(events)
  }
}
