import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { createLogger } from '../../../../shared/log.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { createAttempt } from '../../../../worker/services/webhooks/attempt.ts'
import { createDelivering } from '../../../../worker/services/webhooks/delivering.ts'
import { createEndpointSecrets } from '../../../../worker/services/webhooks/endpoint-secrets.ts'
import { createWebhookEvents } from '../../../../worker/services/webhooks/events.ts'
import { createWebhooks } from '../../../../worker/services/webhooks/webhooks.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

/** A message as a receiver gets it. */
export interface Received {
  url: string
  headers: Record<string, string>
  body: string
}

const SECRET = 's'.repeat(32)

/** The webhooks of a deployment with a clock, a net and a receiver in the test's hands. */
export function webhookWorld({ secrets = [SECRET] }: { secrets?: [string, ...string[]] } = {}) {
  const db = createDb(env.DB)
  const clock = { now: Date.UTC(2026, 10, 29, 10) }
  const now = () => clock.now
  const log = createLogger(() => {})
  const received: Received[] = []
  const rung: string[] = []
  let answer: (message: Received) => Response | Promise<Response> = () => new Response('ok')
  const ring = async (endpointId: string) => void rung.push(endpointId)
  const sealed = createEndpointSecrets(secrets)
  const fetcher = async (url: string, init: RequestInit) => {
    const headers = Object.fromEntries(new Headers(init.headers))
    const message = { url, headers, body: String(init.body) }
    received.push(message)
    return await answer(message)
  }
  const attempt = createAttempt({
    resolve: async () => ['8.8.8.8'],
    isDevelopment: false,
    // It is called in this one form.
    fetcher: fetcher as unknown as typeof fetch,
    now,
  })
  const webhooks = createWebhooks({ db, ring, log, secrets: sealed, isDevelopment: false, now })
  const delivering = createDelivering({ db, attempt, secrets: sealed, now, random: () => 0 })
  const events = createWebhookEvents({ db, ring, later: () => {}, log, now })

  return {
    ...{ db, clock, received, rung, webhooks, delivering, sealed },
    answerWith(next: typeof answer): void {
      answer = next
    },
    async addEndpoint(accountId?: string) {
      const owner = accountId ?? (await newAccount()).account.id
      const url = 'https://hooks.example.com/in'
      const { endpoint, secret } = await webhooks.create(owner, { url, events: ['file.uploaded'] })
      return { owner, id: endpoint.id, secret }
    },
    /** Something happens to an account. */
    async happen(accountId: string, filename = 'contract.pdf'): Promise<void> {
      const data = { file_id: 'a1b2c3d4', doc_id: 'd', filename, size: 1 }
      const { statements } = events.emit({ accountId, type: 'file.uploaded', data })
      await db.batch([db.run(sql`select 1`), ...statements])
    },
    /** Lets time go by until the next attempt, and makes it. False where none is due any more. */
    async goOn(endpointId: string, next: number | undefined): Promise<number | undefined> {
      if (next === undefined) throw new Error('Nothing is due.')
      clock.now = Math.max(clock.now, next)
      return await delivering.round(endpointId)
    },
  }
}
