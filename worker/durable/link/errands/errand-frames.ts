import type { Logger } from '../../../../shared/log.ts'
import type { NodeHello } from '../../../../shared/node.ts'
import { ERRAND_FAULTS, type ErrandEvent, type ErrandFault } from '../../../../shared/tasks/errands.ts'
import type { EdgeCommand } from '../../../../shared/wire.ts'
import type { Errand, ErrandAnswer } from '../../../services/pool/errand.ts'
import { withoutPaths } from '../node-words.ts'

/** Beyond its limit, how long an errand may take to be begun and answered. */
export const ERRAND_GRACE_MS = 15_000

export interface ErrandFramesOptions {
  /** Undefined without a greeted link. */
  link: () => { nodeId: string; draining: boolean } | undefined
  hello: () => NodeHello | undefined
  /** Whether the node was heard lately. */
  isTrusted: () => boolean
  send: (command: EdgeCommand) => void
  log: Logger
  graceMs?: number
}

interface Open {
  accountId: string
  answer: (answer: ErrandAnswer) => void
}

const isFault = (code: string): code is ErrandFault => ERRAND_FAULTS.some((known) => known === code)

/** The errands that a node does, each for somebody who waits for it. The first answer of each counts. */
export class ErrandFrames {
  readonly #options: ErrandFramesOptions
  readonly #open = new Map<string, Open>()

  constructor(options: ErrandFramesOptions) {
    this.#options = options
  }

  /** Gives it to the node at once, or says why not. Resolves when it is over, however it ended. */
  run({ errandId, kind, input, limitMs, accountId }: Errand): Promise<ErrandAnswer> | ErrandAnswer {
    const { link, hello, send, isTrusted, graceMs = ERRAND_GRACE_MS } = this.#options
    const offer = hello()?.errands
    const at = link()
    if (!at || !isTrusted() || !offer?.kinds.includes(kind) || this.#open.has(errandId))
      return { refused: 'away' }
    if (at.draining) return { refused: 'draining' }
    if (!this.#hasRoom(offer.slots, accountId)) return { refused: 'busy' }
    const { promise, resolve } = Promise.withResolvers<ErrandAnswer>()
    // A node that forgets an errand, or says nothing of it, is not waited for any longer.
    const patience = setTimeout(() => this.#giveUp(errandId), limitMs + graceMs)
    const answer = (told: ErrandAnswer) => {
      clearTimeout(patience)
      this.#open.delete(errandId)
      resolve(told)
    }
    this.#open.set(errandId, { accountId, answer })
    send({ type: 'errand.start', errandId, kind, input, limitMs })
    return promise
  }

  /** Nobody waits for it any more. */
  cancel(errandId: string): void {
    const open = this.#open.get(errandId)
    if (!open) return
    open.answer({ cancelled: true })
    if (this.#options.link()) this.#options.send({ type: 'errand.cancel', errandId })
  }

  /** Acts on a frame. Returns what is wrong with it, if anything; one that comes too late is none. */
  receive(event: ErrandEvent): string | undefined {
    if (!this.#options.hello()?.errands) return `${event.type}: hello said nothing of errands`
    const open = this.#open.get(event.errandId)
    if (!open) return undefined
    if (event.type === 'errand.end') {
      const { output, failed, notFound } = event
      open.answer({ output, failed, ...(notFound && { notFound }) })
    } else open.answer(this.#answerTo(event))
    return undefined
  }

  /** The link is gone: another node may do them. */
  lost(): void {
    for (const { answer } of [...this.#open.values()]) answer({ lost: true })
  }

  /** One caller leaves a slot for others, where there are two. */
  #hasRoom(slots: number, accountId: string): boolean {
    const own = [...this.#open.values()].filter((open) => open.accountId === accountId)
    return this.#open.size < slots && own.length < Math.max(1, slots - 1)
  }

  #answerTo({ errandId, code, message }: Extract<ErrandEvent, { type: 'errand.error' }>): ErrandAnswer {
    if (code === 'no_slot') return { refused: 'busy' }
    if (isFault(code)) return { fault: code, message: withoutPaths(message) }
    this.#options.log.warn('errand.died', { nodeId: this.#options.link()?.nodeId, errandId, code, message })
    return { lost: true }
  }

  #giveUp(errandId: string): void {
    this.#options.log.warn('errand.silent', { nodeId: this.#options.link()?.nodeId, errandId })
    if (this.#options.link()) this.#options.send({ type: 'errand.cancel', errandId })
    this.#open.get(errandId)?.answer({ lost: true })
  }
}
