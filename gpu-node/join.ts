import { createHash } from 'node:crypto'
import { z } from 'zod'
import { backoffMs } from '../shared/backoff.ts'
import { causeOf } from '../shared/failure-cause.ts'
import type { Logger } from '../shared/log.ts'
import { HELLO_TIMEOUT_MS, JOIN_PATH, LINK_PATH } from '../shared/wire.ts'
import { findIdentity, type Identity, saveIdentity } from './credential.ts'
import { LINK_BACKOFF, LinkStopped, waitFor } from './link/reconnect.ts'
import type { CredentialSource } from './node.ts'
import { OperatorError, quoted } from './operator-error.ts'

const JOIN_TIMEOUT_MS = 30_000

const JoinAnswer = z.object({ node_id: z.string().min(1), credential: z.string().min(1) })
/** How an edge words a refusal; what else answers at an address words it otherwise. */
const Refusal = z.object({ error: z.object({ code: z.string().nullable(), message: z.string() }) })

export interface JoinOptions {
  edge: string
  token: string | undefined
  /** The operator's own name for this node; undefined for the one that the token was made for. */
  name: string | undefined
  stateDir: string
  log: Logger
  wait?: typeof waitFor
  /** For the edge's word on a stored credential. */
  checkTimeoutMs?: number | undefined
}

export interface CheckedCredentialSource extends CredentialSource {
  /**
   * Before anything is loaded: exchanges the join token where there is no credential yet, else asks whether the stored one
   * is still good. A token that is given although another one has bought a good credential is refused: it would be used for
   * nothing, and its giver means another node. Throws one sentence when this node will not be linked. An edge that cannot be asked now is no reason: it
   * is asked again when the node links.
   */
  check(signal: AbortSignal): Promise<void>
}

/** Whether the folder holds a credential that this edge knows; false also while it cannot be asked. */
export async function hasJoined(
  options: Pick<JoinOptions, 'edge' | 'stateDir' | 'checkTimeoutMs'>,
  signal: AbortSignal,
): Promise<boolean> {
  const stored = await findIdentity(options.stateDir, options.edge)
  if (!stored) return false
  return (await askForCredential(options, stored.credential, signal)).kind === 'known'
}

/** The stored credential of this edge; where there is none or it is refused, the one that the join token buys. */
export function createCredentialSource(options: JoinOptions): CheckedCredentialSource {
  const { edge, token, stateDir, log } = options
  let isTokenSpent = false
  const keep = async (identity: Identity): Promise<string> => {
    isTokenSpent = true
    await saveIdentity(stateDir, edge, { ...identity, ...(token && { tokenHash: hashOf(token) }) })
    log.info('node.joined', { edge, nodeId: identity.nodeId })
    return identity.credential
  }
  const needToken = () =>
    new OperatorError(`This node has not joined ${edge} yet: give it a join token with --token.`)
  /** A token is given on each start by whoever wrote it into a unit: the one that the credential was bought with does nothing more. */
  const isAnother = ({ tokenHash }: Identity) =>
    token !== undefined && tokenHash !== undefined && tokenHash !== hashOf(token)
  const needNone = () =>
    new OperatorError(
      `This node has joined ${edge} already, with another token: leave --token out, or give a second node a folder of its own with --state-dir.`,
    )
  const postpone = (reason: string, signal: AbortSignal): void => {
    signal.throwIfAborted()
    log.warn('node.check_failed', { edge, reason })
  }
  return {
    async check(signal) {
      const stored = await findIdentity(stateDir, edge)
      if (stored) {
        const answer = await askForCredential(options, stored.credential, signal)
        if (answer.kind === 'known') {
          if (isAnother(stored)) throw needNone()
          return
        }
        if (answer.kind === 'unclear') return postpone(answer.reason, signal)
        if (!token) throw new LinkStopped('unauthenticated')
        log.warn('node.credential_refused', { edge })
      }
      if (!token) throw needToken()
      const outcome = await tryJoin(options, token, signal)
      if (typeof outcome === 'string') postpone(outcome, signal)
      else await keep(outcome)
    },
    async get(signal) {
      const stored = await findIdentity(stateDir, edge)
      if (stored && !isAnother(stored)) return stored.credential
      if (!token) throw needToken()
      // When it was asked first, the edge could not say whether this token is needed: it is used or refused, never passed over.
      if (stored && (await isKnown(options, stored.credential, signal))) throw needNone()
      return keep(await exchangeToken(options, token, signal))
    },
    async renew(signal) {
      if (!token || isTokenSpent) return
      log.warn('node.credential_refused', { edge })
      return keep(await exchangeToken(options, token, signal))
    },
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

type CredentialAnswer = { kind: 'known' } | { kind: 'refused' } | { kind: 'unclear'; reason: string }

/** PROTOCOL.md §2: without an upgrade, the link's address tells what it thinks of a credential, and opens no link. */
async function askForCredential(
  { edge, checkTimeoutMs = HELLO_TIMEOUT_MS }: Pick<JoinOptions, 'edge' | 'checkTimeoutMs'>,
  credential: string,
  signal: AbortSignal,
): Promise<CredentialAnswer> {
  try {
    const { status, body } = await fetch(new URL(LINK_PATH, edge), {
      headers: { authorization: `Bearer ${credential}` },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(checkTimeoutMs)]),
    })
    await body?.cancel()
    if (status === 401) return { kind: 'refused' }
    return status === 426 ? { kind: 'known' } : { kind: 'unclear', reason: `the edge answered ${status}` }
  } catch (thrown) {
    return { kind: 'unclear', reason: reasonOf(thrown) }
  }
}

/** Asks for as long as the edge is not there, like the link does: a node may be started before its edge. `ask` says why not yet. */
async function untilTold<Told extends object>(
  { edge, log, wait = waitFor }: JoinOptions,
  event: string,
  ask: () => Promise<Told | string>,
  signal: AbortSignal,
): Promise<Told> {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await ask()
    if (typeof outcome !== 'string') return outcome
    signal.throwIfAborted()
    const waitMs = backoffMs(attempt, LINK_BACKOFF)
    log.warn(event, { edge, reason: outcome, waitMs })
    await wait(waitMs, signal)
    signal.throwIfAborted()
  }
}

const exchangeToken = (options: JoinOptions, token: string, signal: AbortSignal): Promise<Identity> =>
  untilTold(options, 'node.join_failed', () => tryJoin(options, token, signal), signal)

async function isKnown(options: JoinOptions, credential: string, signal: AbortSignal): Promise<boolean> {
  const ask = async () => {
    const answer = await askForCredential(options, credential, signal)
    return answer.kind === 'unclear' ? answer.reason : answer
  }
  return (await untilTold(options, 'node.check_failed', ask, signal)).kind === 'known'
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
      redirect: 'manual', // Followed, it would carry the token to somewhere the operator never named.
      signal: AbortSignal.any([signal, AbortSignal.timeout(JOIN_TIMEOUT_MS)]),
    })
    body = await response.json().catch(() => undefined)
  } catch (thrown) {
    if (isOtherProtocol(thrown)) throw notAnEdge(edge, 'what answers there speaks another protocol')
    return reasonOf(thrown)
  }
  const { status } = response
  if (status >= 500 || status === 429 || status === 408) return `the edge answered ${status}`
  const answer = JoinAnswer.safeParse(body)
  if (response.ok && answer.success) {
    return { nodeId: answer.data.node_id, credential: answer.data.credential }
  }
  const refusal = Refusal.safeParse(body)
  if (status >= 400 && status !== 404 && refusal.success) throw refused(status, refusal.data.error.message)
  const target = URL.parse(response.headers.get('location') ?? '')
  const redirect = status >= 300 && status < 400 && target ? `, a redirect to ${target.origin}` : ''
  throw notAnEdge(edge, `joining was answered with ${status}${redirect}`)
}

function refused(status: number, message: string): OperatorError {
  if (status === 401) {
    return new OperatorError('The edge refused the join token (401): it is unknown, expired or already used.')
  }
  return new OperatorError(`The edge did not let this node join (${status}): ${quoted(message)}`)
}

const notAnEdge = (edge: string, evidence: string): OperatorError =>
  new OperatorError(`There is no Switchyard edge at ${edge}: ${evidence}.`)

const behind = (thrown: unknown): unknown => (thrown instanceof Error ? thrown.cause : undefined)

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(thrown: unknown): string {
  const cause = behind(thrown)
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message
  return causeOf(thrown)
}

/** No HTTP at all, or no TLS where https was asked for: unlike a server that is down, this does not pass. */
function isOtherProtocol(thrown: unknown): boolean {
  const cause = behind(thrown)
  if (!(cause instanceof Error)) return false
  return (
    cause.name === 'HTTPParserError' || ('code' in cause && cause.code === 'ERR_SSL_WRONG_VERSION_NUMBER')
  )
}
