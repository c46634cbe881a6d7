import { MIB } from '../../shared/units.ts'
import edge from '../../worker/index.ts'

// The Worker as it runs on this machine: the one that is deployed, and before it what Cloudflare's network does there.

export * from '../../worker/index.ts'

/** No more comes through Cloudflare's network. */
const MAX_BODY_BYTES = 100 * MIB

/**
 * Reads a body that nobody wanted to its end: the runtime closes the connection under a client that still sends, which then
 * hears of a broken pipe and not why it was refused.
 */
async function drain({ body, bodyUsed }: Request): Promise<void> {
  if (body === null || bodyUsed) return
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) break
  }
}

export default {
  ...edge,
  async fetch(request, env, context) {
    const response = await edge.fetch(request, env, context)
    // A client that has gone sends nothing more.
    await drain(request).catch(() => {})
    return response
  },
} satisfies ExportedHandler<Cloudflare.Env>
