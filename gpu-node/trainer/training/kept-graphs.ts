/** A graph that was made, and the bytes that it will take. */
interface Made<Graph> {
  graph: Graph
  bytes: number
}

/** How a graph comes about: its memory is taken when there is room for it. */
export interface Making<Graph> {
  make: () => Made<Graph>
  allocate: (graph: Graph) => void
}

/** Graphs in memory: those that were used last stay while there is room, and those in use whatever takes it. */
export class KeptGraphs<Graph extends { close(): void }> {
  readonly #mostBytes: number
  /** Least recently used first. */
  readonly #graphs = new Map<string, Made<Graph>>()
  readonly #inUse = new Set<Graph>()

  /** `mostBytes`: that all take together. What is in use at one time is to fit into it. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Works with the graph of this name, which is made where it is not there; others are let go where they leave no room. */
  async use<Result>(
    key: string,
    { make, allocate }: Making<Graph>,
    work: (graph: Graph) => Promise<Result>,
  ): Promise<Result> {
    const known = this.#graphs.get(key)
    const made = known ?? make()
    this.#graphs.delete(key)
    if (known === undefined) {
      this.#makeRoom(made.bytes)
      allocate(made.graph)
    }
    this.#graphs.set(key, made)
    this.#inUse.add(made.graph)
    try {
      return await work(made.graph)
    } finally {
      this.#inUse.delete(made.graph)
    }
  }

  close(): void {
    for (const { graph } of this.#graphs.values()) graph.close()
    this.#graphs.clear()
  }

  #makeRoom(wanted: number): void {
    let taken = [...this.#graphs.values()].reduce((sum, { bytes }) => sum + bytes, wanted)
    for (const [key, { graph, bytes }] of this.#graphs) {
      if (taken <= this.#mostBytes) return
      if (this.#inUse.has(graph)) continue
      graph.close()
      this.#graphs.delete(key)
      taken -= bytes
    }
  }
}
