import { claimsOf, type ModelHolding } from '../../../../shared/node.ts'
import type { ClaimRefusal } from '../../../services/pool/model-claims.ts'

/** Whether these models bring no name, and no file behind one, that the node does not hold already. */
export function bringsNothingNew(models: readonly ModelHolding[], held: readonly ModelHolding[]): boolean {
  const known = new Map(claimsOf(held).map((claim) => [claim.id, claim]))
  return claimsOf(models).every(({ id, model, sha256 }) => {
    const same = known.get(id)
    return same !== undefined && same.model === model && same.sha256 === sha256
  })
}

/** The sentence of a refusal, for a close frame: it ends with the name, of which a long one is cut off. */
export const sentenceOf = (refusal: ClaimRefusal): string => {
  switch (refusal.reason) {
    case 'revoked':
      return 'the credential was revoked'
    case 'unlisted':
      return `the join token does not name the model ${refusal.id}`
    case 'taken':
      return `another node serves another file as ${refusal.id}`
    case 'reserved':
      return `only the pool gives names like ${refusal.id}`
    default:
      return refusal satisfies never
  }
}

export interface HoldingsCheckOptions {
  /** The link that is there now. */
  linkId: () => string | undefined
  held: () => readonly ModelHolding[]
  claim: (models: readonly ModelHolding[]) => Promise<ClaimRefusal | undefined>
  hold: (models: ModelHolding[]) => void
  refuse: (refusal: ClaimRefusal) => void
  /** It cannot be said whether the node may serve them. */
  fail: (thrown: unknown) => void
}

/**
 * Holdings that a node tells while it is linked. Those that bring nothing new hold at once; others when it is known that the node may
 * serve them. One question at a time, of the newest: a node that tells again and again makes no more of them.
 */
export class HoldingsCheck {
  readonly #options: HoldingsCheckOptions
  #asked: { linkId: string | undefined; models: ModelHolding[] } | undefined
  #isAsking = false

  constructor(options: HoldingsCheckOptions) {
    this.#options = options
  }

  /** Resolves when nothing is left to ask. Never rejects. */
  async take(models: ModelHolding[]): Promise<void> {
    const { linkId, held, hold } = this.#options
    if (bringsNothingNew(models, held())) {
      this.#asked = undefined
      hold(models)
      return
    }
    this.#asked = { linkId: linkId(), models }
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#asked) await this.#ask(this.#asked)
    this.#isAsking = false
  }

  async #ask(asked: { linkId: string | undefined; models: ModelHolding[] }): Promise<void> {
    const { linkId, claim, hold, refuse, fail } = this.#options
    const isCurrent = () => linkId() === asked.linkId
    try {
      const refusal = await claim(asked.models)
      // Also of holdings that were told over since: it has told them.
      if (refusal && isCurrent()) refuse(refusal)
      else if (!refusal && isCurrent() && this.#asked === asked) hold(asked.models)
    } catch (thrown) {
      if (isCurrent()) fail(thrown)
    }
    if (this.#asked === asked || this.#asked?.linkId !== linkId()) this.#asked = undefined
  }
}
