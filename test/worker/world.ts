import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import type { NodeHello } from '../../shared/node.ts'
import {
  EdgeCommand,
  JOIN_PATH,
  LINK_PATH,
  LINK_PROTOCOL,
  type NodeEvent,
  PING,
  PONG,
} from '../../shared/wire.ts'
import { createDb } from '../../worker/db/client.ts'
import { createAccounts } from '../../worker/services/accounts/accounts.ts'
import { createKeys } from '../../worker/services/accounts/keys.ts'
import { createLoginGuard } from '../../worker/services/accounts/login-guard.ts'
import { createSessionStore } from '../../worker/services/accounts/session-store.ts'
import { createTokens, type Tokens } from '../../worker/services/accounts/tokens.ts'
import { createAudit } from '../../worker/services/audit.ts'
import { createLimiter } from '../../worker/services/limits/limiter.ts'
import { hashPassword } from '../../worker/services/secrets/passwords.ts'
import { createStubs } from '../../worker/services/stubs.ts'
import { eventually } from '../support/eventually.ts'
import { nodeHello } from '../support/frames.ts'
import { usage } from './samples.ts'

export const ORIGIN = 'http://localhost'

/** A promise per frame: whoever waits gets the next one that fits, also one that came before. */
class Inbox<Item> {
  #items: Item[] = []
  #waiting: { wants: (item: Item) => boolean; take: (item: Item) => void }[] = []

  put(item: Item): void {
    const index = this.#waiting.findIndex((waiter) => waiter.wants(item))
    const [waiter] = index >= 0 ? this.#waiting.splice(index, 1) : []
    if (waiter) waiter.take(item)
    else this.#items.push(item)
  }

  next<Wanted extends Item>(wants: (item: Item) => item is Wanted): Promise<Wanted> {
    const index = this.#items.findIndex(wants)
    const [item] = index >= 0 ? this.#items.splice(index, 1) : []
    if (item !== undefined) return Promise.resolve(item as Wanted)
    return new Promise((resolve) => {
      this.#waiting.push({ wants, take: (found) => resolve(found as Wanted) })
    })
  }

  get size(): number {
    return this.#items.length
  }
}

/** A node in a test's hands: a real link to the real edge, and frames that the test writes itself. */
export class TestNode {
  readonly id: string
  readonly credential: string
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #commands = new Inbox<EdgeCommand>()
  readonly #pongs = new Inbox<string>()

  constructor(id: string, credential: string, socket: WebSocket) {
    this.id = id
    this.credential = credential
    this.#socket = socket
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    )
    socket.addEventListener('message', ({ data }) => {
      if (data === PONG) this.#pongs.put(PONG)
      else this.#commands.put(EdgeCommand.parse(JSON.parse(data as string)))
    })
    socket.accept()
  }

  /** The next command of a type. */
  next<Type extends EdgeCommand['type']>(type: Type) {
    return this.#commands.next(
      (command): command is Extract<EdgeCommand, { type: Type }> => command.type === type,
    )
  }

  /** A heartbeat and its answer. Whatever the edge sent before it has arrived by then. */
  async ping(): Promise<void> {
    this.sendRaw(PING)
    await this.#pongs.next((frame): frame is string => frame === PONG)
  }

  /** Commands that nobody has asked for. */
  get unread(): number {
    return this.#commands.size
  }

  send(event: NodeEvent): void {
    this.sendRaw(JSON.stringify(event))
  }

  sendRaw(frame: string | ArrayBuffer): void {
    this.#socket.send(frame)
  }

  /** Says hello. Answers with the edge's welcome. */
  greet(hello: NodeHello, promises: { busyHeartbeat?: boolean } = {}) {
    this.send({ type: 'hello', hello, ...promises })
    return this.next('welcome')
  }

  /** Answers the next generation with these pieces of text, one token each. */
  async answer(pieces: readonly string[], finishReason: 'stop' | 'length' = 'stop') {
    const start = await this.next('generation.start')
    const { callId } = start
    for (const [index, text] of pieces.entries()) this.send({ type: 'step', step: [[callId, text, [index]]] })
    this.send({ type: 'call.end', callId, finishReason, usage: usage({ completionTokens: pieces.length }) })
    return start
  }

  close(): void {
    this.#socket.close(1000, 'the test is over')
  }
}

export interface World {
  adminKey: string
  viewerKey: string
  request(path: string, options?: { key?: string; method?: string; body?: unknown }): Promise<Response>
  /** A node's right to dial in, perhaps with these models alone. */
  join(name?: string, allowedModels?: readonly string[]): Promise<{ id: string; credential: string }>
  /** A node that has joined, dialled in, said hello, and whose models the edge offers. */
  addNode(hello?: Partial<NodeHello>): Promise<TestNode>
  /** The same for a credential that exists. */
  dial(id: string, credential: string, headers?: Record<string, string>): Promise<TestNode>
}

const hashes = new Map<string, string>()

/** A password's hash, made once: making one is slow on purpose. */
async function hashOnce(password: string): Promise<string> {
  const hash = hashes.get(password) ?? (await hashPassword(password))
  hashes.set(password, hash)
  return hash
}

/** Accounts and keys of a fresh isolate: nothing is remembered. What goes on after an answer can be waited for. */
export function freshAccounts(tokens: Tokens = createTokens(env.JWT_SECRET), db = createDb(env.DB)) {
  const pending: Promise<unknown>[] = []
  const later = (work: Promise<unknown>) => void pending.push(work)
  const keys = createKeys(db)
  const limiter = createLimiter({ ...createStubs(env), later, log: createLogger(() => {}) })
  const loginGuard = createLoginGuard(limiter)
  const store = createSessionStore(db)
  const accounts = createAccounts({
    admitsSeeded: true,
    db,
    tokens,
    keys,
    audit: createAudit(db),
    loginGuard,
    sessions: store,
    later,
    hash: hashOnce,
  })
  return { accounts, keys, loginGuard, sessionStore: store, settled: () => Promise.all(pending) }
}

let worlds = 0

/** An administrator, a viewer and the real edge. Names are unique: storage is shared by the tests of a file. */
export async function createWorld(): Promise<World> {
  worlds += 1
  const { accounts, keys } = freshAccounts()
  const keyOf = async (role: string) => {
    const username = `${role}-${worlds}-${crypto.randomUUID()}`
    const { id } = await accounts.create({ email: null, username, password: 'a password', roles: [role] })
    return (await keys.create({ accountId: id, name: 'test' })).secret
  }
  const adminKey = await keyOf('admin')

  const request: World['request'] = (path, { key = adminKey, method, body } = {}) =>
    SELF.fetch(ORIGIN + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  const dial: World['dial'] = async (id, credential, headers = {}) => {
    const response = await SELF.fetch(ORIGIN + LINK_PATH, {
      headers: {
        upgrade: 'websocket',
        authorization: `Bearer ${credential}`,
        'sec-websocket-protocol': LINK_PROTOCOL,
        ...headers,
      },
    })
    if (!response.webSocket) throw new Error(`The edge refused the link: ${response.status}`)
    return new TestNode(id, credential, response.webSocket)
  }

  const join: World['join'] = async (name = 'attic', allowedModels) => {
    const invitation = { name, ...(allowedModels && { allowed_models: allowedModels }) }
    const token = await request('/v1/nodes/join-tokens', { body: invitation })
    const joined = await request(JOIN_PATH, {
      key: '',
      body: { token: ((await token.json()) as { token: string }).token },
    })
    const { node_id: id, credential } = (await joined.json()) as { node_id: string; credential: string }
    return { id, credential }
  }

  const listedModels = async () => {
    // The edge reads its directory at most once a second, unless it finds that what it remembers was of no use.
    await request('/v1/completions', { body: { model: 'a model that nobody holds', prompt: '' } })
    const list = (await (await request('/v1/models')).json()) as { data: { id: string }[] }
    return list.data.map(({ id }) => id)
  }

  return {
    adminKey,
    viewerKey: await keyOf('viewer'),
    request,
    join,
    dial,
    async addNode(hello = {}) {
      const { id, credential } = await join()
      const node = await dial(id, credential)
      const introduction = nodeHello(hello)
      await node.greet(introduction)
      await eventually(async () =>
        expect(await listedModels()).toEqual(expect.arrayContaining(introduction.models.map(({ id }) => id))),
      )
      return node
    },
  }
}
