import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { type NodeHello, tunedIdOf } from '../../../shared/node.ts'
import type { EdgeCommand } from '../../../shared/wire.ts'

export interface WithdrawalsOptions {
  /** Those of these adapters that are no more. */
  missing: (ids: readonly string[]) => Promise<readonly string[]>
  send: (command: EdgeCommand) => void
  waitUntil: (work: Promise<unknown>) => void
  log: Logger
}

/** The ids of adapters that were trained on the pool, as a node tells of them. */
const tunedIdsOf = ({ models }: Pick<NodeHello, 'models'>): string[] =>
  models.flatMap(({ adapters = [] }) => adapters.flatMap(({ suffix }) => tunedIdOf(suffix) ?? []))

/**
 * Tells a node which of the adapters that it keeps were deleted: also of those that were while it was away, or fetched them.
 * Each is looked up once in the life of a link.
 */
export class Withdrawals {
  readonly #options: WithdrawalsOptions
  readonly #known = new Set<string>()

  constructor(options: WithdrawalsOptions) {
    this.#options = options
  }

  /** The node has come by a new link: it has not heard what was withdrawn while it was away. */
  greet(hello: NodeHello): void {
    this.#known.clear()
    this.check(hello)
  }

  /** The node has said what it holds. */
  check(hello: NodeHello): void {
    if (!hello.fetchesAdapters) return
    const ids = tunedIdsOf(hello).filter((id) => !this.#known.has(id))
    if (ids.length > 0) this.#options.waitUntil(this.#check(ids))
  }

  /** These are no more. */
  tell(ids: readonly string[]): void {
    if (ids.length > 0) this.#options.send({ type: 'adapters.withdraw', ids: [...ids] })
  }

  async #check(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#known.add(id)
    try {
      this.tell(await this.#options.missing(ids))
    } catch (thrown) {
      // Asked again with what the node says next.
      for (const id of ids) this.#known.delete(id)
      this.#options.log.error('adapters.unchecked', { cause: causeOf(thrown) })
    }
  }
}
