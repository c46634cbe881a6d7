import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { openContext, ShortOfMemory } from '../ggml/memory.ts'
import type { Pointer } from '../ggml/signatures.ts'
import { type Factors, Sheet, type Tensor } from './sheet.ts'

/** A graph with memory for what it computes, computed as often as it is asked. */
export class Computation {
  readonly #ggml: Ggml
  readonly #context: Pointer
  readonly #graph: Pointer
  readonly #scheduler: Pointer
  readonly #backends: Backends
  readonly #maxNodes: number

  /** Draws a graph of at most `maxNodes` nodes; `compute` puts a tensor, and what it needs, next into its order. */
  constructor(
    ggml: Ggml,
    backends: Backends,
    maxNodes: number,
    draw: (sheet: Sheet, compute: (tensor: Tensor) => void) => void,
    factors: Factors = 'F32',
  ) {
    this.#ggml = ggml
    this.#backends = backends
    this.#maxNodes = maxNodes
    this.#context = openContext(ggml, maxNodes, [maxNodes])
    this.#graph = ggml.ggml_new_graph_custom(this.#context, maxNodes, false)
    draw(new Sheet(ggml, this.#context, factors), (tensor) =>
      ggml.ggml_build_forward_expand(this.#graph, tensor),
    )
    this.#scheduler = this.#newScheduler()
  }

  /** Every node, in the order of computation. */
  get nodes(): Tensor[] {
    return Array.from({ length: this.#ggml.ggml_graph_n_nodes(this.#graph) }, (_, index) =>
      this.#ggml.ggml_graph_node(this.#graph, index),
    )
  }

  /** Bytes that `allocate` will take on each device, the CPU last, without taking them. */
  estimate(): number[] {
    const sizes = new BigUint64Array(this.#backends.all.length)
    // One that has reckoned cannot allocate any more.
    const scheduler = this.#newScheduler()
    this.#ggml.ggml_backend_sched_reserve_size(scheduler, this.#graph, sizes)
    this.#ggml.ggml_backend_sched_free(scheduler)
    return Array.from(sizes, Number)
  }

  /** Takes the memory. Once, and before anything is computed. */
  allocate(): void {
    if (!this.#ggml.ggml_backend_sched_alloc_graph(this.#scheduler, this.#graph))
      throw new ShortOfMemory('There is not enough memory for the training graph.')
  }

  /** Bytes taken on the device that computes. */
  get bytes(): number {
    return this.#ggml.ggml_backend_sched_get_buffer_size(this.#scheduler, this.#backends.primary)
  }

  async compute(): Promise<void> {
    const status = await this.#ggml.computeAsync(this.#scheduler, this.#graph)
    if (status !== 0) throw new Error(`A graph could not be computed (ggml's status ${status}).`)
  }

  close(): void {
    this.#ggml.ggml_backend_sched_free(this.#scheduler)
    this.#ggml.ggml_free(this.#context)
  }

  #newScheduler(): Pointer {
    const { all } = this.#backends
    const devices = new BigUint64Array(all)
    const scheduler = this.#ggml.ggml_backend_sched_new(
      devices,
      null,
      all.length,
      this.#maxNodes,
      false,
      true,
    )
    if (scheduler === null) throw new ShortOfMemory('There is not enough memory for a graph.')
    return scheduler
  }
}
