import { SELF } from 'cloudflare:test'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { decided } from '../worker/durable/agent-run/agent-setup.ts'
import { uniqueModel, usage } from '../worker/samples.ts'
import { mockNet, strangerAt } from '../worker/services/mcp/stranger.ts'
import { addTrainer } from '../worker/services/training/fake-trainer.ts'
import { services, tunedResult } from '../worker/tuned.ts'
import { createWorld, type TestNode, type World } from '../worker/world.ts'
import { from, newAccount, PASSWORD } from './contract-client.ts'

const SURFACES = ['root', 'v1', 'clara', 'sira', 'dualquery', 'agentic', 'rajora', 'mcp']
/** Those whose paths stand in their documents as they are asked for. */
const UNMOUNTED = ['root', 'v1', 'mcp']

/** Of a file that an example brings, whose name an example cannot say. */
const FILE_NAMES: Record<string, string> = {
  'POST /api/upload/transcript': 'transcript.pdf',
  'POST /api/datasets/upload': 'rows.csv',
}

/** Things that a caller has of its own, where an example names what another has: parts of the path, fields of the body, and who asks. */
interface Own {
  path?: Record<string, string>
  body?: object
  token?: string | undefined
}

let world: World
let node: TestNode
let admin: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  node = (await addTrainer(world, 'starter')).node
  serve(node)
  await untilServed()
  mockNet()
  strangerAt('https://mcp.example.com/mcp')
})
afterAll(() => vi.restoreAllMocks())

/**
 * Files share a pool: it may have in mind for a moment more what another one's nodes held under the name that the examples
 * have, and models that are gone, of which one would answer whoever names none.
 */
async function untilServed(): Promise<void> {
  const { token } = await newAccount()
  const headers = { ...from(), authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'starter', messages: [{ role: 'user', content: 'Hello' }] })
  await eventually(async () => {
    await node.ping()
    const response = await SELF.fetch('http://localhost/v1/chat/completions', {
      method: 'POST',
      headers,
      body,
    })
    expect(response.status, await response.text()).toBe(200)
    const listed = await SELF.fetch('http://localhost/v1/models', { headers })
    const { data } = await listed.json<{ data: { id: string }[] }>()
    expect(data.map(({ id }) => id)).toEqual(['starter'])
  })
}

/** Nodes of one test alone: none of them answers what others ask. */
const passing: TestNode[] = []
afterEach(async () => {
  if (passing.length === 0) return
  for (const gone of passing.splice(0)) gone.close()
  await untilServed()
})
async function passingNode(hello: Parameters<World['addNode']>[0] = {}): Promise<TestNode> {
  const added = await world.addNode(hello)
  passing.push(added)
  return added
}

/** Has a node say hello to whatever it is asked. */
function serve(node: TestNode): void {
  const each = async <Asked>(next: () => Promise<Asked>, answer: (asked: Asked) => void): Promise<never> => {
    for (;;) answer(await next())
  }
  const end = (callId: string) =>
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage({ completionTokens: 1 }) })
  void each(
    () => node.next('generation.start'),
    ({ callId }) => {
      node.send({ type: 'step', step: [[callId, 'Hello!', [0]]] })
      end(callId)
    },
  )
  void each(
    () => node.next('embedding.start'),
    ({ callId, request }) => {
      if (!request.isCount) node.send({ type: 'call.vectors', callId, start: 0, vectors: [btoa('\0\0\0\0')] })
      end(callId)
    },
  )
  void each(
    () => node.next('train.estimate'),
    ({ requestId }) => node.send({ type: 'train.estimated', requestId, memoryMiB: 123 }),
  )
}

interface Made {
  id: string
  _id: string
  dataset_id: string
  tools: { name: string; hash: string }[]
  token: string
}

const urlOf = (surface: string, path: string) =>
  `http://localhost${UNMOUNTED.includes(surface) ? '' : `/${surface}`}${path}`

/** The thing that a request makes, which is an administrator's unless it says otherwise. */
async function make(surface: string, path: string, body: unknown, method = 'POST'): Promise<Made> {
  const isText = typeof body === 'string'
  const response = await SELF.fetch(urlOf(surface, path), {
    method,
    headers: {
      authorization: `Bearer ${admin.token}`,
      ...(!(body instanceof FormData) && { 'content-type': isText ? 'text/plain' : 'application/json' }),
    },
    body: body instanceof FormData || isText ? body : JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

const ROWS = '{"prompt":"a","completion":"b"}\n{"prompt":"c","completion":"d"}\n'

async function file(purpose: string, text: string): Promise<string> {
  const form = new FormData()
  form.set('purpose', purpose)
  form.set('file', new File([text], 'rows.jsonl'))
  return (await make('v1', '/v1/files', form)).id
}
/** A document that no other test of these has. */
const document = () => file('user_data', `{"rent":"${crypto.randomUUID()}"}`)
const store = async (...files: string[]) => (await make('v1', '/v1/vector_stores', { file_ids: files })).id
const profile = async () => (await make('sira', '/api/profiles', { profile_name: 'Mine' })).id
const chat = async () => (await make('dualquery', '/api/chats', { title: 'Mine' }))._id
const inStore = async (): Promise<Own> => ({ path: { vector_store_id: await store() } })
const conversation = async (): Promise<Own> => ({
  path: { conversation_id: (await make('v1', '/v1/conversations', {})).id },
})
const upload = async () => {
  const asked = { filename: 'rent.txt', purpose: 'user_data', bytes: 43, mime_type: 'text/plain' }
  return (await make('v1', '/v1/uploads', asked)).id
}
const webhook = async () => (await make('v1', '/v1/webhooks', { url: 'https://example.com/hooks' })).id
const mcpServer = (label: string) =>
  make('v1', '/v1/mcp/servers', { label, url: 'https://mcp.example.com/mcp', allowed_tools: ['close'] })

/** A run that waits for a person before its first step, by a model that is large enough to decide. */
async function waitingRun(): Promise<Own> {
  const model = uniqueModel({ sizeBytes: 2_000_000_000 })
  const decider = await passingNode({ models: [model.holding] })
  const { id: server } = await mcpServer('desk')
  const { id } = await make('v1', '/v1/agents/runs', {
    model: model.id,
    messages: [{ role: 'user', content: 'Close ticket 7.' }],
    agent_type: 'react',
    background: true,
    x_mcp_servers: [server],
  })
  await decider.answer([decided('desk__close', { id: '7' })])
  const path = `/v1/agents/runs/${id}`
  await expect
    .poll(async () => (await world.request(path, { key: admin.token })).json())
    .toMatchObject({ status: 'waiting_approval' })
  return { path: { run_id: id } }
}

/** Things that are made before an example is sent. */
const BEFORE: Record<string, () => Promise<Own>> = {
  'root POST /nodes/join': async () => ({
    body: { token: (await make('v1', '/v1/nodes/join-tokens', { name: 'attic' })).token },
  }),
  'v1 POST /v1/conversations/{conversation_id}': conversation,
  'v1 PATCH /v1/conversations/{conversation_id}': conversation,
  'v1 POST /v1/conversations/{conversation_id}/items': conversation,
  'v1 POST /v1/conversations/{conversation_id}/branches': async () => {
    const items = [{ type: 'message', role: 'user', content: 'Hello!' }]
    const { id } = await make('v1', '/v1/conversations', { items })
    const asked = await world.request(`/v1/conversations/${id}/messages`, { key: admin.token })
    const [message] = ((await asked.json()) as { data: Made[] }).data
    return { path: { conversation_id: id }, body: { before: message?.id } }
  },
  'v1 POST /v1/agents/runs/{run_id}/approve': waitingRun,
  'v1 POST /v1/auth/login': async () => ({ body: { login: admin.account.username, password: PASSWORD } }),
  'v1 POST /v1/session': async () => ({ body: { login: admin.account.username, password: PASSWORD } }),
  'v1 PATCH /v1/accounts/{account_id}': async () => ({
    path: { account_id: (await newAccount()).account.id },
  }),
  'v1 POST /v1/accounts/me/password': async () => ({
    token: (await newAccount()).token,
    body: { current_password: PASSWORD },
  }),
  'v1 POST /v1/nodes/{node_id}/drain': async () => ({ path: { node_id: (await passingNode()).id } }),
  'v1 PUT /v1/shared-prompts/{name}': async () => ({ path: { name: 'assistant' } }),
  'v1 POST /v1/vector_stores/{vector_store_id}': inStore,
  'v1 POST /v1/vector_stores/{vector_store_id}/search': inStore,
  'v1 POST /v1/vector_stores/{vector_store_id}/files': async () => ({
    path: { vector_store_id: await store() },
    body: { file_id: await document() },
  }),
  'v1 POST /v1/vector_stores/{vector_store_id}/files/{file_id}': async () => {
    const member = await document()
    return { path: { vector_store_id: await store(member), file_id: member } }
  },
  'v1 POST /v1/vector_stores/{vector_store_id}/file_batches': async () => ({
    path: { vector_store_id: await store() },
    body: { file_ids: [await document()] },
  }),
  'v1 POST /v1/uploads/{upload_id}/parts': async () => ({ path: { upload_id: await upload() } }),
  'v1 POST /v1/uploads/{upload_id}/complete': async () => {
    const id = await upload()
    const form = new FormData()
    form.set('data', new File(['Rent is due on the first day of each month.'], 'part'))
    return {
      path: { upload_id: id },
      body: { part_ids: [(await make('v1', `/v1/uploads/${id}/parts`, form)).id] },
    }
  },
  'v1 POST /v1/fine_tuning/jobs': async () => ({ body: { training_file: await file('fine-tune', ROWS) } }),
  'v1 POST /v1/fine_tuning/checkpoints/{model}/permissions': async () => {
    const published = await tunedResult({ accountId: admin.account.id, base: 'starter' })
    const { name: model } = await services.tunedModels.publish(published)
    return { path: { model }, body: { project_ids: [(await newAccount()).account.id] } }
  },
  'v1 PATCH /v1/webhooks/{webhook_id}': async () => ({ path: { webhook_id: await webhook() } }),
  'v1 PATCH /v1/mcp/servers/{server_id}': async () => ({
    path: { server_id: (await mcpServer('changed')).id },
  }),
  'v1 POST /v1/mcp/servers/{server_id}/consent': async () => {
    const { id, tools } = await mcpServer('let-in')
    return { path: { server_id: id }, body: { tools: tools.map(({ name, hash }) => ({ name, hash })) } }
  },
  'v1 PUT /v1/workspace/{path}': async () => ({ path: { path: 'data/configs/lora.yaml' } }),
  'v1 PUT /v1/workspace-uploads/{upload_id}/parts/{number}': async () => {
    const { id } = await make('v1', '/v1/workspace-uploads', { path: 'rows.jsonl', bytes: 63 })
    return { path: { upload_id: id, number: '1' } }
  },
  'clara POST /api/training/jobs': async () => {
    await make('v1', '/v1/workspace/data/configs/lora.yaml', 'base_model: starter\nlora_r: 16\n', 'PUT')
    await make('v1', '/v1/workspace/data/rows.jsonl', ROWS, 'PUT')
    return {}
  },
  'clara POST /api/datasets/{dataset_id}/export': async () => {
    await document()
    const asked = { name: 'Mine', search_query: 'rent' }
    const { dataset_id } = await make('clara', '/api/datasets', asked)
    const path = `/clara/api/datasets/${dataset_id}`
    const isDone = { status: 'completed' }
    const read = async () => (await world.request(path, { key: admin.token })).json()
    // Not as often as may be: this contract lets an address ask a hundred times a minute.
    await expect.poll(read, { interval: 400 }).toMatchObject(isDone)
    return { path: { dataset_id } }
  },
  'sira POST /api/users/sync': async () => ({ body: { clerk_user_id: admin.account.id } }),
  'sira PATCH /api/profiles/{profile_id}': async () => ({ path: { profile_id: await profile() } }),
  'sira PATCH /api/profiles/{profile_id}/status': async () => ({ path: { profile_id: await profile() } }),
  'sira POST /api/recommendations': async () => ({ body: { profile_id: await profile() } }),
  'sira POST /api/conversations': async () => ({ body: { profile_id: await profile() } }),
  'dualquery POST /api/auth/login': async () => ({
    body: { email: admin.account.username, password: PASSWORD },
  }),
  'dualquery PATCH /api/chats/{chat_id}': async () => ({ path: { chat_id: await chat() } }),
  'dualquery POST /api/messages': async () => ({ body: { chat_id: await chat() } }),
  'dualquery POST /api/chats/{chat_id}/reply': async () => ({ path: { chat_id: await chat() } }),
  'dualquery POST /api/apikeys': async () => {
    const model = { name: 'Mine', base_model: 'starter', version: '1' }
    return { body: { model_id: (await make('dualquery', '/api/models', model))._id } }
  },
  'dualquery POST /api/finetune': async () => {
    const form = new FormData()
    form.set('file', new File(['question,answer\na,b\nc,d\n'], 'rows.csv'))
    return { body: { dataset_id: (await make('dualquery', '/api/datasets/upload', form))._id } }
  },
  'agentic POST /api/auth/login': async () => ({
    body: { username: admin.account.username, password: PASSWORD },
  }),
  'rajora POST /api/auth/login': async () => ({
    body: { username: admin.account.username, password: PASSWORD },
  }),
}

/** An example as it is sent. */
function bodyOf(type: string, example: unknown, own: object, name: string): BodyInit {
  const fields = typeof example === 'object' && !Array.isArray(example) ? { ...example, ...own } : example
  if (type === 'application/x-www-form-urlencoded')
    return new URLSearchParams(Object.entries(fields as object))
  if (type === 'multipart/form-data') {
    const form = new FormData()
    for (const [key, value] of Object.entries(fields as object))
      form.set(key, key === 'file' || key === 'data' ? new File([String(value)], name) : String(value))
    return form
  }
  return typeof fields === 'string' ? fields : JSON.stringify(fields)
}

interface Operation {
  security: object[]
  responses: Record<string, object>
  requestBody?: { content: Record<string, { example?: unknown }> }
}

const documentOf = async (surface: string) =>
  (await (
    await SELF.fetch(`http://localhost${surface === 'root' ? '' : `/${surface}`}/openapi.json`)
  ).json()) as {
    paths: Record<string, Record<string, Operation>>
  }

describe.each(SURFACES)('the document of %s', (surface) => {
  // Of its own: what one account has uploaded keeps its next data set waiting.
  beforeAll(async () => {
    admin = await newAccount({ roles: ['admin'], plan: 'enterprise' })
  })

  it('has for each body an example, which does what it says', async () => {
    const { paths } = await documentOf(surface)
    const answers: string[] = []
    const bodies = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) =>
        Object.entries(operation.requestBody?.content ?? {}).map(([type, { example }]) => ({
          ...{ path, method: method.toUpperCase(), operation, type, example },
        })),
      ),
    )
    for (const { path, method, operation, type, example } of bodies) {
      const name = `${method} ${path}`
      if (example === undefined) {
        answers.push(`${name} has none`)
        continue
      }
      const own = (await BEFORE[`${surface} ${name}`]?.()) ?? {}
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter) => own.path?.[parameter] ?? parameter)
      await node.ping() // so that it is not taken for lost
      const response = await SELF.fetch(urlOf(surface, filled), {
        method,
        headers: {
          ...from(),
          ...(operation.security.length > 0 && { authorization: `Bearer ${own.token ?? admin.token}` }),
          ...(type !== 'multipart/form-data' && { 'content-type': type }),
          ...(surface === 'mcp' && { accept: 'application/json, text/event-stream' }),
        },
        body: bodyOf(type, example, own.body ?? {}, FILE_NAMES[name] ?? 'rent.txt'),
      })
      const text = await response.text()
      if (![200, 201, 202, 204].includes(response.status)) answers.push(`${name}: ${response.status} ${text}`)
    }
    expect(bodies.length).toBeGreaterThan(0)
    expect(answers).toEqual([])
  })
})
