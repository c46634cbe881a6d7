import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { ID_RANDOM_BYTES, makeId } from '../../../shared/ids.ts'
import { createTokens } from '../../../worker/services/accounts/tokens.ts'
import { createSecret, hashSecret, prefixOf } from '../../../worker/services/secrets/secrets.ts'
import { IsolatedEdge } from '../../isolated-edge.ts'
import { LOCAL_ENV, ROOT, WRANGLER } from '../../root.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import { workerdCpuMs } from '../workerd-cpu.ts'
import type { HttpClientApi } from './client.ts'

const CONNECTIONS = 8
const WARM_UP_MS = 3_000
const ROUND_MS = 1_500
/** Rounds of each kind. */
const ROUNDS = 9

/** Counted like any limit, and never reached. */
const REQUESTS_PER_MINUTE = 1_000_000
const PLAN = 'enterprise'

const KINDS = ['bare', 'key', 'jwt'] as const
type Kind = (typeof KINDS)[number]
const NAMES: Record<Kind, string> = { bare: 'bare route', key: 'by key', jwt: 'by JWT' }

/** By which the requests of a bench are let in. An administrator would have no limits. */
interface Credentials {
  key: string
  token: string
}

const newId = (): string => makeId(Date.now(), randomBytes(ID_RANDOM_BYTES))

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** An account with a key and limits of its own, written into the database of an edge that does not run yet. */
async function createAccount({ folder }: IsolatedEdge, signal: AbortSignal): Promise<Credentials> {
  const [id, now, key] = [newId(), Date.now(), createSecret('sk-')]
  const rateLimits = { tiers: { [PLAN]: { requestsPerMinute: REQUESTS_PER_MINUTE } } }
  const statements = [
    `insert into accounts (id, number, username, roles, plan, created_at) values (${quoted(id)}, 1, 'bench', '[]', ${quoted(PLAN)}, ${now})`,
    `insert into api_keys (id, account_id, name, prefix, hash, created_at) values (${quoted(newId())}, ${quoted(id)}, 'bench', ${quoted(prefixOf(key))}, ${quoted(await hashSecret(key))}, ${now})`,
    `insert into settings (name, value, updated_at) values ('rateLimits', ${quoted(JSON.stringify(rateLimits))}, ${now})`,
  ]
  const file = join(folder, 'account.sql')
  await writeFile(file, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o600 })
  await promisify(execFile)(
    process.execPath,
    [WRANGLER, 'd1', 'execute', 'DB', '--local', '--persist-to', join(folder, 'state'), '--file', file],
    { cwd: ROOT, env: { ...process.env, ...LOCAL_ENV, CI: 'true' }, signal },
  )
  const { JWT_SECRET = '' } = parseEnv(await readFile(join(folder, 'vars.env'), 'utf8'))
  return { key, token: await createTokens(JWT_SECRET).issue({ id, email: null, roles: [] }) }
}

/** The cost of one kind of request so far. */
interface Spent {
  perSecond: number[]
  requests: number
  /** Of each workerd. */
  cpuMs: number[]
}

class Rounds {
  readonly spent: Record<Kind, Spent>
  readonly #origin: string
  readonly #headers: Record<Kind, Record<string, string>>
  readonly #client: HelperProcess<HttpClientApi>
  readonly #signal: AbortSignal

  constructor(
    origin: string,
    credentials: Credentials,
    client: HelperProcess<HttpClientApi>,
    signal: AbortSignal,
  ) {
    const none = (): Spent => ({ perSecond: [], requests: 0, cpuMs: [] })
    this.spent = { bare: none(), key: none(), jwt: none() }
    this.#origin = origin
    this.#headers = {
      bare: {},
      key: { authorization: `Bearer ${credentials.key}` },
      jwt: { authorization: `Bearer ${credentials.token}` },
    }
    this.#client = client
    this.#signal = signal
  }

  /** Throws when the requests to be measured are not counted against a limit. */
  async check(): Promise<void> {
    for (const kind of ['key', 'jwt'] as const) {
      const response = await fetch(this.#urlOf(kind), { headers: this.#headers[kind], signal: this.#signal })
      await response.body?.cancel()
      const limit = response.headers.get('x-ratelimit-limit')
      if (response.status !== 200 || limit !== String(REQUESTS_PER_MINUTE)) {
        throw new Error(`A request ${NAMES[kind]} was answered ${response.status} with a limit of ${limit}.`)
      }
    }
  }

  async run(kind: Kind, ms: number): Promise<number> {
    const job = { url: this.#urlOf(kind), headers: this.#headers[kind], connections: CONNECTIONS, ms }
    const before = await workerdCpuMs()
    const result = await this.#client.ask('round', job, this.#signal)
    const after = await workerdCpuMs()
    const spent = this.spent[kind]
    const perSecond = (result.requests / result.ms) * 1_000
    spent.perSecond.push(perSecond)
    spent.requests += result.requests
    spent.cpuMs = after.map((now, index) => now - (before[index] ?? 0) + (spent.cpuMs[index] ?? 0))
    return perSecond
  }

  #urlOf(kind: Kind): string {
    return `${this.#origin}${kind === 'bare' ? '/bare' : '/v1/models'}`
  }
}

function figuresOf(spent: Record<Kind, Spent>): Figure[] {
  const ratioOf = (kind: Kind): Figure => {
    const ratios = spent[kind].perSecond.map((speed, round) => speed / (spent.bare.perSecond[round] ?? 0))
    return { name: `${NAMES[kind]} ÷ bare route`, value: median(ratios), unit: '', spread: spreadOf(ratios) }
  }
  const speedOf = (kind: Kind): Figure => ({
    name: NAMES[kind],
    value: median(spent[kind].perSecond),
    unit: 'requests/s',
    spread: spreadOf(spent[kind].perSecond),
  })
  const cpuOf = (kind: Kind): Figure[] =>
    spent[kind].cpuMs.map((ms, index) => ({
      name: `CPU of one request, ${NAMES[kind]}: workerd ${index + 1} of ${spent[kind].cpuMs.length}`,
      value: (ms / spent[kind].requests) * 1_000,
      unit: 'µs',
    }))
  return [ratioOf('key'), ratioOf('jwt'), ...KINDS.map(speedOf), ...KINDS.flatMap(cpuOf)]
}

async function measure(rounds: Rounds, { note }: BenchContext): Promise<Figure[]> {
  await rounds.check()
  note('warming up')
  for (const kind of KINDS) await rounds.run(kind, WARM_UP_MS)
  for (const kind of KINDS) rounds.spent[kind] = { perSecond: [], requests: 0, cpuMs: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    // Taking turns at being first takes a drift of the machine out of the ratios.
    const first = round % KINDS.length
    for (const kind of [...KINDS.slice(first), ...KINDS.slice(0, first)]) await rounds.run(kind, ROUND_MS)
    const speeds = KINDS.map((kind) => `${rounds.spent[kind].perSecond.at(-1)?.toFixed(0)} ${NAMES[kind]}`)
    note(`round ${round + 1} of ${ROUNDS}: requests/s ${speeds.join(', ')}`)
  }
  return figuresOf(rounds.spent)
}

/** The bench of what authentication, limits and the log line cost a request that does next to nothing else. */
export const http: Bench = {
  name: 'http',
  summary:
    'requests a second of /v1/models by key and by JWT, each limited ÷ a bare Hono route in the same Worker',
  async run(context) {
    const { scratchDir, profileDir, signal, note } = context
    const edge = await IsolatedEdge.create(scratchDir, signal, 'scripts/bench/http/worker.ts')
    const credentials = await createAccount(edge, signal)
    note('starting an edge')
    const client = new HelperProcess<HttpClientApi>({
      file: new URL('./client.ts', import.meta.url),
      profileDir,
    })
    try {
      await edge.start(signal)
      return await measure(new Rounds(edge.origin, credentials, client, signal), context)
    } finally {
      await client.stop()
      await edge.stop()
    }
  },
}
