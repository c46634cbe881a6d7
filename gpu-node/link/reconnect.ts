import { setTimeout as sleep } from 'node:timers/promises'
import { type BackoffOptions, backoffMs } from '../../shared/backoff.ts'
import { quoted } from '../operator-error.ts'
import { type LinkOptions, openLink, type StopReason } from './connection.ts'

/** PROTOCOL.md §2. */
export const LINK_BACKOFF: BackoffOptions = { baseMs: 500, capMs: 30_000 }

/** An edge of this machine has few nodes, which overwhelm nobody, and often is just being started beside them. */
const LOCAL_BACKOFF: BackoffOptions = { ...LINK_BACKOFF, capMs: 2_000 }

/** How long a node stays away from an edge that it cannot link with. */
export const linkBackoffOf = (edge: string): BackoffOptions =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(edge).hostname) ? LOCAL_BACKOFF : LINK_BACKOFF

const STOP_SENTENCES: Record<Exclude<StopReason, 'refused'>, string> = {
  unauthenticated: 'The edge does not know this node’s credential: join again with a new join token.',
  revoked: 'The edge has revoked this node’s credential: join again with a new join token.',
  replaced:
    'Another process has linked with this node’s credential: give each node a state folder of its own.',
  unsupported: 'The edge does not speak this version of the link: use the same release on both sides.',
}

function sentenceOf(reason: StopReason, words: string): string {
  if (reason !== 'refused') return STOP_SENTENCES[reason]
  const why = quoted(words) || 'it gives no reason'
  return `The edge does not let this node serve its models (${why}): give the model another name with --model name=…, or join with a token that names it.`
}

/** The link ended in a way that dialling again cannot mend. The message is for the person who runs the node. */
export class LinkStopped extends Error {
  override readonly name = 'LinkStopped'
  readonly reason: StopReason

  constructor(reason: StopReason, words = '') {
    super(sentenceOf(reason, words))
    this.reason = reason
  }
}

export interface ReconnectOptions extends LinkOptions {
  random?: (() => number) | undefined
  /** Resolves after `waitMs`, or at once when the signal is aborted. */
  wait?: ((waitMs: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** Waits, or less when the signal is aborted first. */
export async function waitFor(waitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(waitMs, undefined, { signal }).catch(() => {}) // The one failure is the abort, which the caller sees itself.
}

/** Keeps the node linked until the signal is aborted. Throws `LinkStopped` when the edge says that it must not come back. */
export async function keepLinked(options: ReconnectOptions, signal: AbortSignal): Promise<void> {
  const { log, random = Math.random, wait = waitFor } = options
  const backoff = linkBackoffOf(options.edge)
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const end = await openLink(options, signal)
    if (signal.aborted) return
    if (end.kind === 'stopped') throw new LinkStopped(end.reason, end.words)
    if (end.wasWelcomed) attempt = 0
    const waitMs = backoffMs(attempt, backoff, random)
    log.warn('link.lost', { reason: end.reason, wasWelcomed: end.wasWelcomed, waitMs })
    await wait(waitMs, signal)
  }
}
