import { causeOf } from '../../../../shared/failure-cause.ts'
import type { Logger } from '../../../../shared/log.ts'
import { DEFAULT_REGION, type ModelHolding, type NodeHello } from '../../../../shared/node.ts'
import { CloseCode, type NodeEvent } from '../../../../shared/wire.ts'
import type { ClaimRefusal, ModelClaims } from '../../../services/pool/model-claims.ts'
import type { Regions } from '../../../services/pool/regions.ts'
import type { LinkAttachment } from '../link-attachment.ts'
import { HoldingsCheck, sentenceOf } from './holdings-check.ts'

/** RFC 6455's registry: the server is not well, and may be asked again. */
const CLOSE_TRY_AGAIN = 1013

type Hello = Extract<NodeEvent, { type: 'hello' }>

/** The services of the gate. */
export interface GateServices {
  regions: Pick<Regions, 'admit'>
  claims: ModelClaims
}

export interface GateOptions {
  /** The link that is there now. */
  link: () => LinkAttachment | undefined
  services: () => GateServices
  /** The models that the node holds, as far as they were let in. */
  held: () => readonly ModelHolding[]
  /** The node is let in. */
  welcome: (hello: NodeHello, place: { busyHeartbeat: boolean; region: string }) => void
  /** It may serve these. */
  hold: (models: ModelHolding[]) => void
  /** It may not be here. */
  drop: (code: number, reason: string) => void
  log: Logger
}

/** Who is let in and with which models. Looks a hello up, and each holding that brings something new, before it counts. */
export class Gate {
  readonly #options: GateOptions
  readonly #holdings: HoldingsCheck
  /** The link whose hello is being looked at. */
  #greetingLinkId: string | undefined

  constructor(options: GateOptions) {
    const { link, services, held, hold } = options
    this.#options = options
    this.#holdings = new HoldingsCheck({
      linkId: () => link()?.linkId,
      held,
      claim: (models) => services().claims.claim(link()?.nodeId ?? '', models),
      hold,
      refuse: (refusal) => this.#refuse(refusal),
      fail: (thrown) => this.#fail(thrown),
    })
  }

  /** Begins to look at a hello, or returns what is wrong with it. The work never rejects. */
  greet(event: Hello): { fault: string } | { work: Promise<void> } {
    const link = this.#options.link()
    if (!link) return { work: Promise.resolve() }
    if (link.greeted || this.#greetingLinkId === link.linkId) return { fault: 'a second hello' }
    this.#greetingLinkId = link.linkId
    return { work: this.#admit(event, link) }
  }

  /** Looks at what a node says that it holds now. Never rejects. */
  takeHoldings(models: ModelHolding[]): Promise<void> {
    return this.#holdings.take(models)
  }

  async #admit({ hello, busyHeartbeat = false }: Hello, { nodeId, linkId, place }: LinkAttachment) {
    const { link, services, welcome } = this.#options
    const isCurrent = () => link()?.linkId === linkId
    try {
      const { claims, regions } = services()
      const refusal = await claims.claim(nodeId, hello.models)
      if (refusal) {
        if (isCurrent()) this.#refuse(refusal)
        return
      }
      const region = await regions.admit(hello.region ?? place ?? DEFAULT_REGION)
      if (isCurrent()) welcome(hello, { busyHeartbeat, region })
    } catch (thrown) {
      if (isCurrent()) this.#fail(thrown)
    }
  }

  #refuse(refusal: ClaimRefusal): void {
    const { drop, link, log } = this.#options
    log.warn('link.refused', { nodeId: link()?.nodeId, ...refusal })
    drop(refusal.reason === 'revoked' ? CloseCode.revoked : CloseCode.refused, sentenceOf(refusal))
  }

  #fail(thrown: unknown): void {
    const { drop, link, log } = this.#options
    log.error('link.not_admitted', { nodeId: link()?.nodeId, cause: causeOf(thrown) })
    drop(CLOSE_TRY_AGAIN, 'the edge is not well')
  }
}
