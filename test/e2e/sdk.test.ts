import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPython } from '../shared/sdk/sdk-driver.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const JS_SDK = join(ROOT, 'shared', 'sdk', 'rajora-js')
const PYTHON_SDK = join(ROOT, 'shared', 'sdk', 'rajora-python')
const PYTHON = '/usr/bin/python3'
/** Largest package, in bytes. */
const MAX_PACKAGE_BYTES = 30 * 1_024
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
const [model] = await client.models.list()
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
    model = client.models.list()[0]
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

/** Types of the API's document, by name, with the names of their fields. */
async function documented(): Promise<Map<string, string[]>> {
  const response = await fetch(`${edge.url}/rajora/openapi.json`)
  interface Schema {
    properties?: Record<string, unknown>
    allOf?: (Schema & { $ref?: string })[]
  }
  const { components } = (await response.json()) as { components: { schemas: Record<string, Schema> } }
  const all = new Map(Object.entries(components.schemas))
  const fieldsOf = ({ properties = {}, allOf = [] }: Schema): string[] => [
    ...allOf.flatMap((part) =>
      fieldsOf(part.$ref ? (all.get(part.$ref.split('/').at(-1) ?? '') ?? {}) : part),
    ),
    ...Object.keys(properties),
  ]
  return new Map([...all].map(([name, schema]) => [name, fieldsOf(schema).toSorted()]))
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

  it.each([
    ['user', true],
    ['robot', false],
  ])('is typed: of a message by a %s the compiler says %j', async (role, isRight) => {
    const program = `import { RajoraClient } from '@rajora/sdk'
export const content = async (client: RajoraClient): Promise<string> =>
  (await client.chat.completions.create({ messages: [{ role: '${role}', content: 'Hi' }] })).content
`
    writeFileSync(join(folder, `${role}.ts`), program)
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
    const compiled = run(process.execPath, [
      join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
      ...options,
      `${role}.ts`,
    ])
    const says = await compiled.then(
      () => true,
      () => false,
    )
    expect(says).toBe(isRight)
  })

  it('is small, and needs nothing', () => {
    expect(tarball.byteLength).toBeLessThanOrEqual(MAX_PACKAGE_BYTES)
    const { dependencies } = JSON.parse(readFileSync(join(JS_SDK, 'package.json'), 'utf8')) as object & {
      dependencies?: object
    }
    expect(dependencies).toBeUndefined()
  })

  it('has every field of the API’s document', async () => {
    const source = readFileSync(join(JS_SDK, 'src', 'api.ts'), 'utf8')
    const all = await documented()
    const names = [
      'ChatMessage',
      'ChatRequest',
      'ChatAnswer',
      'ChatEvent',
      'Conversation',
      'Registration',
      'User',
      'Token',
    ]
    for (const name of [...names, 'Model', 'Benchmarks', 'Statistics', 'Config']) {
      const [, body = ''] =
        new RegExp(`export type ${name} = (?:User & )?\\{(.*|[^]*?\\n)\\}\\n`).exec(source) ?? []
      // Fields of the type itself stand in its own lines, or all in one; those of objects within it do not.
      const flat = body.replace(/\{[^{}]*\}/g, '')
      const fields = [...flat.matchAll(/(?:^|[;\n])\s*(\w+)\??:/g)].map(([, field]) => field)
      expect(fields.toSorted(), name).toEqual(all.get(name))
    }
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

  it('is typed whole', async () => {
    expect(
      await run(PYTHON, [
        '-m',
        'mypy',
        '--strict',
        '--cache-dir',
        join(folder, 'mypy'),
        join(installed, 'rajora'),
      ]),
    ).toContain('Success')
    expect(readFileSync(join(installed, 'rajora', 'py.typed'), 'utf8')).toBe('')
  })

  it('is small', () => expect(readFileSync(wheel()).byteLength).toBeLessThanOrEqual(MAX_PACKAGE_BYTES))

  it('has every field of the API’s document', async () => {
    const print = `
import dataclasses, json, rajora
kinds = [kind for kind in vars(rajora).values() if dataclasses.is_dataclass(kind)]
print(json.dumps({kind.__name__: sorted(field.name for field in dataclasses.fields(kind)) for kind in kinds}))`
    const fields = JSON.parse(await run(PYTHON, ['-c', print])) as Record<string, string[]>
    const all = await documented()
    for (const [name, own] of Object.entries(fields)) {
      if (name !== 'SocketEvent') expect(own, name).toEqual(all.get(name))
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
