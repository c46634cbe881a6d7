import { DurableObject } from 'cloudflare:workers'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import type { Serves } from '../services/stubs.ts'
import type { Delivering } from '../services/webhooks/delivering.ts'
import type { WebhookEndpointStub } from '../services/webhooks/webhook-endpoint.ts'

/** A round that failed on our side is tried again after this long. */
const RETRY_MS = 30_000

const ID = 'endpointId'

export interface WebhookEndpointServices {
  round: Delivering['round']
  log: Logger
}

/**
 * Sends the messages of one endpoint, keyed by its id: a lock, so that no message is sent twice at once, and an alarm for the
 * next that is due. Which ones there are, the database says.
 */
export class WebhookEndpointObject
  extends DurableObject<Cloudflare.Env>
  implements Serves<WebhookEndpointStub>
{
  readonly #build: () => WebhookEndpointServices
  #built: WebhookEndpointServices | undefined
  /** Something was added while a round was under way, which may have looked before. */
  #isRung = false

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, services: () => WebhookEndpointServices) {
    super(ctx, env)
    this.#build = services
  }

  async ring(endpointId: string): Promise<void> {
    this.#isRung = true
    this.ctx.storage.kv.put(ID, endpointId)
    await this.ctx.storage.setAlarm(Date.now())
  }

  override async alarm(): Promise<void> {
    this.#isRung = false
    this.#built ??= this.#build()
    const { round, log } = this.#built
    let next: number | undefined
    try {
      next = await round(this.ctx.storage.kv.get<string>(ID) ?? '')
    } catch (thrown) {
      log.error('webhooks.round_failed', { cause: causeOf(thrown) })
      next = Date.now() + RETRY_MS
    }
    if (this.#isRung) next = Date.now()
    if (next === undefined) await this.ctx.storage.deleteAll()
    else await this.ctx.storage.setAlarm(Math.max(Date.now(), next))
  }
}
