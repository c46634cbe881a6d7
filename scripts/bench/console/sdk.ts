import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { RajoraClient } from '../../../shared/sdk/rajora-js/src/index.ts'
import { ROOT } from '../../root.ts'
import type { Bench, Figure } from '../bench.ts'
import { median, spreadOf } from '../statistics.ts'

const CALLS = 2_000
const ROUNDS = 5
const KIB = 1024
const PYTHON = '/usr/bin/python3'

const ANSWER = JSON.stringify({
  content: 'Hi.',
  model: 'starter',
  tokens_used: 9,
  latency_ms: 5,
  conversation_id: 7,
})
const BODY = { messages: [{ role: 'user' as const, content: 'Hello!' }], model: 'starter' }

async function msOfEach(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  for (let made = 0; made < CALLS; made += 1) await call()
  return (performance.now() - startedAt) / CALLS
}

/** Milliseconds of a call whose network takes no time, and of the same without the SDK. */
async function js(): Promise<number[]> {
  const answer = async () => new Response(ANSWER, { headers: { 'content-type': 'application/json' } })
  const client = new RajoraClient({ apiKey: 'raj_key', baseURL: 'http://127.0.0.1/rajora', fetch: answer })
  const bare = async () => JSON.parse(await (await answer()).text())
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const cost = (await msOfEach(() => client.chat.completions.create(BODY))) - (await msOfEach(bare))
    // The first round is for the compiler.
    if (round > 0) rounds.push(cost)
  }
  return rounds
}

const PYTHON_ROUNDS = `
import json, sys, time
import httpx
from rajora import Client

answer, calls, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, text=answer)))
client = Client(api_key="raj_key", base_url="http://127.0.0.1/rajora", http_client=http)
body = {"messages": [{"role": "user", "content": "Hello!"}], "model": "starter"}

def ms(call):
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) * 1000 / calls

def bare():
    return http.post("http://127.0.0.1/rajora/api/chat/completions", json=body).json()

print(json.dumps([ms(lambda: client.chat.completions.create(**body)) - ms(bare) for _ in range(rounds)]))
`

async function python(): Promise<number[]> {
  const { stdout } = await promisify(execFile)(
    PYTHON,
    ['-c', PYTHON_ROUNDS, ANSWER, String(CALLS), String(ROUNDS)],
    { env: { PYTHONPATH: join(ROOT, 'shared', 'sdk', 'rajora-python'), PYTHONDONTWRITEBYTECODE: '1' } },
  )
  return JSON.parse(stdout) as number[]
}

async function scriptBytes(): Promise<number> {
  const entry = join(ROOT, 'shared', 'sdk', 'rajora-js', 'src', 'index.ts')
  const options = { bundle: true, minify: true, format: 'esm', write: false } as const
  const { outputFiles } = await build({ entryPoints: [entry], ...options })
  return gzipSync(outputFiles[0]?.contents ?? '').byteLength
}

/** The price of the SDKs: a call beside the same without them, and the script in a browser. */
export const consoleSdk: Bench = {
  name: 'console:sdk',
  summary: 'what a call through an SDK costs, and how large the JavaScript one is',
  async run() {
    const figure = (name: string, values: number[]): Figure => {
      return { name, value: median(values), spread: spreadOf(values), unit: 'ms', target: { atMost: 1 } }
    }
    const hasPython = spawnSync(PYTHON, ['-c', 'import httpx']).status === 0
    return [
      figure('a call in JavaScript', await js()),
      ...(hasPython ? [figure('a call in Python', await python())] : []),
      {
        name: 'the JavaScript SDK, compressed',
        value: (await scriptBytes()) / KIB,
        unit: 'KiB',
        target: { atMost: 6 },
      },
    ]
  },
}
