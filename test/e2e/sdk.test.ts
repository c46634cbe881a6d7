import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPython } from '../shared/sdk/sdk-driver.ts'
import { hasChromium } from './support/browser.ts'
import { sharedBrowser } from './support/console.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { comparison, documentedTypes, PYTHON_TYPES } from './support/sdk-fields.ts'
import { sharedEdge } from './support/shared-edge.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const JS_SDK = join(ROOT, 'shared', 'sdk', 'rajora-js')
const PYTHON_SDK = join(ROOT, 'shared', 'sdk', 'rajora-python')
const PYTHON = '/usr/bin/python3'
/** Largest package, in bytes. */
const MAX_PACKAGE_BYTES = 30 * 1_024
/** Largest script of the JavaScript SDK, bundled, minified and compressed. */
const MAX_SCRIPT_BYTES = 6 * 1_024
/** Types of what is asked and answered. */
const TYPES = [
  ...['ChatMessage', 'ChatRequest', 'ChatAnswer', 'ChatEvent', 'Conversation', 'Registration', 'Registered'],
  ...['User', 'Token', 'Model', 'Benchmarks', 'Statistics', 'Config', 'ConfigChange'],
]
/** Lines of either SDK without blank ones, comments and the declarations of the API's types. */
const MAX_LINES = 600

let edge: EdgeClient
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  edge = await sharedEdge()
  folder = mkdtempSync(join(tmpdir(), 'sdk-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An account for each SDK: a free one may ask 20 times a minute, and both would wait for each other. */
async function useNewAccount(): Promise<void> {
  const name = `sdk-${crypto.randomUUID().slice(0, 8)}`
  const response = await fetch(`${edge.url}/rajora/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email: `${name}@example.com`,
      username: name,
      password: 'long enough for anyone',
    }),
  })
  const { api_key: key } = (await response.json()) as { api_key: string }
  environment = { RAJORA_API_KEY: key, RAJORA_BASE_URL: `${edge.url}/rajora` }
}

/** A site at an address of its own: a page, and the scripts of a folder. */
async function startSite(scripts: string, page: string) {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? ''
    const isScript = name.endsWith('.js')
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? readFileSync(join(scripts, name)) : page)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const execute = promisify(execFile)
async function run(command: string, args: string[], cwd = folder): Promise<string> {
  const { stdout } = await execute(command, args, { cwd, env: { ...process.env, ...environment } })
  return stdout
}

/** Whether Node 20 is what `node` means outside of this repository's own packages. */
const path = (process.env.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'))
const systemNode = path
  .map((entry) => join(entry, 'node'))
  .find((file) => spawnSync(file, ['--version']).status === 0)

const JS_PROGRAM = `
import { RajoraClient } from '@rajora/sdk'
const client = new RajoraClient()
const messages = [{ role: 'user', content: 'What is the capital of France?' }]
const whole = await client.chat.completions.create({ messages, model: 'starter', temperature: 0 })
let streamed = ''
const stream = await client.chat.completions.create({ messages, model: 'starter', temperature: 0, stream: true })
for await (const { content } of stream) streamed += content
const [talk] = await client.chat.conversations.list({ limit: 1 })
let said = ''
if (globalThis.WebSocket) {
  const socket = client.chat.connect()
  socket.send('What is the capital of France?', { model: 'starter', temperature: 0 })
  for await (const { content, done } of socket) {
    said += content
    if (done) socket.close()
  }
} else said = whole.content
const model = (await client.models.list()).find(({ id }) => id === 'starter')
const refused = await client.admin.stats().catch(({ status, requestId }) => ({ status, requestId }))
const me = await client.auth.me()
console.log(JSON.stringify({ whole, streamed, said, talk: talk.id, of: stream.conversation_id, model: model.id, refused, me }))
`

const PYTHON_PROGRAM = `
import asyncio, json
from rajora import AsyncClient, Client, RajoraError
messages = [{"role": "user", "content": "What is the capital of France?"}]
with Client() as client:
    whole = client.chat.completions.create(messages=messages, model="starter", temperature=0)
    with client.chat.completions.create(messages=messages, model="starter", temperature=0, stream=True) as stream:
        streamed = "".join(event.content for event in stream)
    talk = client.chat.conversations.list(limit=1)[0]
    said = ""
    with client.chat.connect() as socket:
        socket.send("What is the capital of France?", model="starter", temperature=0)
        for event in socket:
            said += event.content
            if event.done:
                break
    model = next(each for each in client.models.list() if each.id == "starter")
    me = client.auth.me()
    try:
        client.admin.stats()
    except RajoraError as error:
        refused = {"status": error.status, "requestId": error.request_id}

async def asynchronously():
    async with AsyncClient() as client:
        answer = await client.chat.completions.create(messages=messages, model="starter", temperature=0)
        async with await client.chat.completions.create(messages=messages, model="starter", temperature=0, stream=True) as stream:
            return answer.content, "".join([event.content async for event in stream])

assert asyncio.run(asynchronously()) == (whole.content, streamed)
print(json.dumps({"whole": vars(whole), "streamed": streamed, "said": said, "talk": talk.id, "of": stream.conversation_id,
                  "model": model.id, "refused": refused, "me": vars(me)}))
`

function check(printed: string): void {
  const told = JSON.parse(printed) as Record<string, unknown> & { whole: { content: string } }
  expect(told.whole).toEqual({
    content: expect.stringContaining('Paris'),
    model: 'starter',
    tokens_used: expect.any(Number),
    latency_ms: expect.any(Number),
    conversation_id: expect.any(Number),
  })
  expect(told.streamed).toBe(told.whole.content)
  expect(told.said).toBe(told.whole.content)
  expect(told.talk).toBe(told.of)
  expect(told.model).toBe('starter')
  expect(told.refused).toEqual({ status: 403, requestId: expect.any(String) })
  expect(told.me).toMatchObject({ is_admin: false })
}

/** The page's own examples; only the key, the model and, by the environment, the base URL are others. */
const EXAMPLES = {
  js: `import { RajoraClient } from '@rajora/sdk';

const client = new RajoraClient({
  apiKey: 'raj_your_key'
});

const response = await client.chat.completions.create({
  messages: [{ role: 'user', content: 'Hello!' }],
  model: 'llama-3.1-70b'
});

console.log(response.content);
`,
  py: `from rajora import Client

client = Client(api_key="raj_your_key")

response = client.chat.completions.create(
    messages=[{"role": "user", "content": "Hello!"}],
    model="llama-3.1-70b"
)

print(response.content)
`,
}
const exampleOf = (language: keyof typeof EXAMPLES) =>
  EXAMPLES[language]
    .replace('raj_your_key', environment.RAJORA_API_KEY ?? '')
    .replace('llama-3.1-70b', 'starter')

/** The types of the API's own document. */
async function documented(): Promise<Map<string, string>> {
  const response = await fetch(`${edge.url}/rajora/openapi.json`)
  return documentedTypes((await response.json()) as { components: { schemas: object } })
}

describe('the JavaScript SDK', () => {
  let tarball: Buffer
  beforeAll(async () => {
    await useNewAccount()
    const file = (await run(process.execPath, [join(ROOT, 'scripts', 'sdk.ts')], ROOT)).trim()
    tarball = readFileSync(file)
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', file])
    writeFileSync(join(folder, 'program.js'), JS_PROGRAM)
  })

  it('talks to a real edge and node from its package', async () =>
    check(await run(process.execPath, ['program.js'])))

  it.skipIf(!systemNode)('talks to them under the system’s own Node', async () =>
    check(await run(systemNode ?? '', ['program.js'])),
  )

  it('runs the page’s example unchanged', async () => {
    writeFileSync(join(folder, 'example.js'), exampleOf('js'))
    expect(await run(process.execPath, ['example.js'])).toMatch(/\w/)
  })

  it.skipIf(!hasChromium)('talks to them from a page of another address', async () => {
    await useNewAccount()
    const dist = join(folder, 'node_modules', '@rajora', 'sdk', 'dist')
    const settings = { apiKey: environment.RAJORA_API_KEY, baseURL: environment.RAJORA_BASE_URL }
    const program = JS_PROGRAM.replace('RajoraClient()', `RajoraClient(${JSON.stringify(settings)})`)
    const page = `<!doctype html><link rel="icon" href="data:,">
<script type="importmap">{"imports":{"@rajora/sdk":"/index.js"}}</script><script type="module">${program}</script>`
    await using site = await startSite(dist, page)
    const browser = await sharedBrowser()
    try {
      const opened = await browser.newPage()
      // A refusal is told there too, by the browser itself.
      const printed = opened.waitForEvent('console', (message) => message.type() === 'log')
      await opened.goto(site.url)
      check((await printed).text())
    } finally {
      await browser.close()
    }
  })

  it('is typed, each field as in the API’s document', async () => {
    const program = `import type { ChatMessage, RajoraClient } from '@rajora/sdk'
export const content = async (client: RajoraClient): Promise<string> =>
  (await client.chat.completions.create({ messages: [{ role: 'user', content: 'Hi' }] })).content
export const nobodyIsARobot: 'robot' extends ChatMessage['role'] ? never : true = true
`
    writeFileSync(join(folder, 'program.ts'), program)
    writeFileSync(join(folder, 'fields.ts'), comparison('@rajora/sdk', await documented(), TYPES))
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
    ]
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const said = run(process.execPath, [compiler, ...options, 'program.ts', 'fields.ts']).catch(
      ({ stdout }: { stdout: string }) => stdout,
    )
    expect(await said).toBe('')
  })

  it('is small, and needs nothing', async () => {
    const entry = join(folder, 'node_modules', '@rajora', 'sdk', 'dist', 'index.js')
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    })
    expect(gzipSync(outputFiles[0]?.contents ?? '').byteLength).toBeLessThanOrEqual(MAX_SCRIPT_BYTES)
    expect(tarball.byteLength).toBeLessThanOrEqual(MAX_PACKAGE_BYTES)
    const { dependencies } = JSON.parse(readFileSync(join(JS_SDK, 'package.json'), 'utf8')) as object & {
      dependencies?: object
    }
    expect(dependencies).toBeUndefined()
  })
})

describe.skipIf(!hasPython)('the Python SDK', () => {
  let installed: string
  beforeAll(async () => {
    await useNewAccount()
    installed = join(folder, 'python')
    const pip = [
      '-m',
      'pip',
      'wheel',
      '--quiet',
      '--no-deps',
      '--no-build-isolation',
      '--no-index',
      '-w',
      folder,
    ]
    // Built from a copy: setuptools leaves files beside what it builds.
    await run('cp', ['-r', PYTHON_SDK, join(folder, 'source')])
    await run(PYTHON, [...pip, join(folder, 'source')])
    await run(PYTHON, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--no-index',
      '--target',
      installed,
      wheel(),
    ])
    environment.PYTHONPATH = installed
    writeFileSync(join(folder, 'program.py'), PYTHON_PROGRAM)
  })
  const wheel = () => join(folder, 'rajora-0.1.0-py3-none-any.whl')

  it('talks to a real edge and node from its package', async () => check(await run(PYTHON, ['program.py'])))

  it('runs the page’s example unchanged', async () => {
    writeFileSync(join(folder, 'example.py'), exampleOf('py'))
    expect(await run(PYTHON, ['example.py'])).toMatch(/\w/)
  })

  it('is typed whole, for Python 3.9', async () => {
    const program = `from rajora import Client, ChatMessage
content: str = Client().chat.completions.create(messages=[{"role": "user", "content": "Hi"}]).content
robot: ChatMessage = {"role": "robot", "content": "Hi"}  # type: ignore[typeddict-item]
Client().admin.update_config({"rate_limits": {"tiers": {"free": {"tokens_per_day": None}, "pro": None}}})
Client().admin.update_config({"maintenance": True})  # type: ignore
`
    writeFileSync(join(folder, 'typed.py'), program)
    const options = ['-m', 'mypy', '--strict', '--python-version', '3.9', '--cache-dir', join(folder, 'mypy')]
    const said = await run(PYTHON, [...options, join(installed, 'rajora'), 'typed.py'])
    expect(said).toContain('Success: no issues found in 10 source files')
    expect(readFileSync(join(installed, 'rajora', 'py.typed'), 'utf8')).toBe('')
  })

  it('is small', () => expect(readFileSync(wheel()).byteLength).toBeLessThanOrEqual(MAX_PACKAGE_BYTES))

  it('has each field as in the API’s document', async () => {
    const told = JSON.parse(await run(PYTHON, ['-c', PYTHON_TYPES])) as { types: Record<string, string> }
    // A socket's frames are no part of the document.
    const { SocketEvent: _, ...types } = told.types
    const all = await documented()
    expect(types).toEqual(Object.fromEntries(Object.keys(types).map((name) => [name, all.get(name)])))
    for (const name of ['ChatRequest', 'Registration'] as const) {
      const own = all.get(name)?.replace(/Array<.*?>/, '') ?? ''
      const fields = [...own.matchAll(/(?:^\{|;) (\w+)\??:/g)].map(([, field]) => field)
      expect(told, name).toMatchObject({ [name]: fields })
    }
  })
})

it.each([
  ['JavaScript', join(JS_SDK, 'src'), /^\s*(\/\/|\/\*\*|\*|$)/, 'api.ts'],
  ['Python', join(PYTHON_SDK, 'rajora'), /^\s*(#|$)/, '_types.py'],
])('the %s SDK is written by hand in at most 600 lines', (_name, source, empty, types) => {
  const files = readdirSync(source)
  const lines = files
    .filter((file) => file !== types && /\.(ts|py)$/.test(file))
    .flatMap((file) =>
      readFileSync(join(source, file), 'utf8')
        .replace(/"""[\s\S]*?"""/g, '')
        .split('\n'),
    )
    .filter((line) => !empty.test(line))
  expect(lines.length).toBeLessThanOrEqual(MAX_LINES)
})
