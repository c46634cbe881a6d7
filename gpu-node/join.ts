import { z } from 'zod'
import { backoffMs } from '../shared/backoff.ts'
import type { Logger } from '../shared/log.ts'
import { JOIN_PATH } from '../shared/wire.ts'
import { findIdentity, type Identity, saveIdentity } from './credential.ts'
import { LINK_BACKOFF, waitFor } from './link/reconnect.ts'
import type { CredentialSource } from './node.ts'
import { OperatorError } from './operator-error.ts'

const JOIN_TIMEOUT_MS = 30_000

const JoinAnswer = z.object({ node_id: z.string().min(1), credential: z.string().min(1) })

export interface JoinOptions {
  edge: string
  token: string | undefined
  /** The operator's own name for this node; undefined for the one that the token was made for. */
  name: string | undefined
  stateDir: string
  log: Logger
  wait?: typeof waitFor
}

/** The stored credential of this edge; where there is none or it is refused, the one that the join token buys. */
export function createCredentialSource(options: JoinOptions): CredentialSource {
  const { edge, token, stateDir, log } = options
  let isTokenSpent = false
  const join = async (spend: string, signal: AbortSignal): Promise<string> => {
    isTokenSpent = true
    const identity = await exchangeToken(options, spend, signal)
    await saveIdentity(stateDir, edge, identity)
    log.info('node.joined', { edge, nodeId: identity.nodeId })
    return identity.credential
  }
  return {
    async get(signal) {
      const stored = await findIdentity(stateDir, edge)
      if (stored) return stored.credential
      if (token) return join(token, signal)
      throw new OperatorError(`This node has not joined ${edge} yet: give it a join token with --token.`)
    },
    async renew(signal) {
      if (!token || isTokenSpent) return
      log.warn('node.credential_refused', { edge })
      return join(token, signal)
    },
  }
}

/** Tries for as long as the edge is not there, like the link does: a node may be started before its edge. */
async function exchangeToken(options: JoinOptions, token: string, signal: AbortSignal): Promise<Identity> {
  const { edge, log, wait = waitFor } = options
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await tryJoin(options, token, signal)
    if (typeof outcome !== 'string') return outcome
    signal.throwIfAborted()
    const waitMs = backoffMs(attempt, LINK_BACKOFF)
    log.warn('node.join_failed', { edge, reason: outcome, waitMs })
    await wait(waitMs, signal)
    signal.throwIfAborted()
  }
}

/** An identity, or why it is worth trying again. Throws where it is not. */
async function tryJoin(
  { edge, name }: JoinOptions,
  token: string,
  signal: AbortSignal,
): Promise<Identity | string> {
  let response: Response
  let body: unknown
  try {
    response = await fetch(new URL(JOIN_PATH, edge), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, name }),
      redirect: 'error', // A redirect would carry the token to somewhere the operator never named.
      signal: AbortSignal.any([signal, AbortSignal.timeout(JOIN_TIMEOUT_MS)]),
    })
    body = await response.json().catch(() => undefined)
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    return `the edge answered ${response.status}`
  }
  if (!response.ok) {
    throw new OperatorError(
      response.status === 404
        ? `There is no Switchyard edge at ${edge}: joining was answered with 404.`
        : `The edge refused the join token (${response.status}): it is unknown, expired or already used.`,
    )
  }
  const answer = JoinAnswer.safeParse(body)
  if (!answer.success) throw new OperatorError(`What answers at ${edge} is not a Switchyard edge.`)
  return { nodeId: answer.data.node_id, credential: answer.data.credential }
}
