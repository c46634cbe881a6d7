import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../../../shared/units.ts'
import { createDb, newId } from '../../../../../worker/db/client.ts'
import { auditLog } from '../../../../../worker/db/tables/administration.ts'
import {
  createRefusedLogins,
  MAX_NOTED_REFUSALS,
  UNKNOWN_LOGIN,
} from '../../../../../worker/services/accounts/refused-logins.ts'
import {
  AUDIT_KEPT_DAYS,
  createAuditLog,
  MAX_AUDIT_PAGE,
} from '../../../../../worker/services/administration/audit-log.ts'
import { createNotes } from '../../../../../worker/services/agent-tools/own/notes.ts'
import { answeringTo, createAudit } from '../../../../../worker/services/audit.ts'
import { toDatasetId } from '../../../../../worker/surfaces/clara/dataset-schemas.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { uniqueModel } from '../../../samples.ts'
import { mockNet, strangerAt } from '../../../services/mcp/stranger.ts'
import { addTrainer } from '../../../services/training/fake-trainer.ts'
import { createWorld, freshAccounts, type World } from '../../../world.ts'

const db = createDb(env.DB)
const ADDRESS = '192.0.2.7'

let world: World
let viewer: { id: string; username: string | null }
beforeAll(async () => {
  world = await createWorld()
  viewer = await freshAccounts().accounts.authenticate(world.viewerKey)
})

interface Entry {
  id: string
  account_id: string
  account_name: string | null
  action: string
  target: string
  address: string | null
  before: unknown
  after: unknown
}
interface Page {
  data: Entry[]
  has_more: boolean
  last_id: string | null
}
const get = (query = '', key = world.adminKey) => world.request(`/v1/audit${query}`, { key })
const page = async (query = '') => (await (await get(query)).json()) as Page
const own = async (more = '') => (await page(`?limit=100&account_id=${viewer.id}${more}`)).data
/** A request of the viewer's from a known address. */
const ask = async (method: string, path: string, body?: object | string, key = world.viewerKey) => {
  const headers = {
    authorization: `Bearer ${key}`,
    'cf-connecting-ip': ADDRESS,
    ...(body && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
  }
  const response = await SELF.fetch(`http://localhost${path}`, {
    method,
    headers,
    ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  expect(response.status, `${method} ${path}`).toBeLessThan(300)
  if (response.status === 204) return { id: '', secret: '' }
  return (await response.json()) as { id: string; secret: string }
}

/** The id of a thing as it is kept, without the word before it. */
const idOf = ({ id }: { id: string }) => id.slice(-24)

async function uploadRows(): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'fine-tune')
  form.set('file', new File(['{"prompt":"a","completion":"b"}\n'], 'rows.jsonl'))
  const headers = { authorization: `Bearer ${world.viewerKey}` }
  const response = await SELF.fetch('http://localhost/v1/files', { method: 'POST', headers, body: form })
  return ((await response.json()) as { id: string }).id
}

describe('GET /v1/audit', () => {
  it('tells who did what, when and from where, and no secret', async () => {
    const made = await ask('POST', '/v1/keys', { name: 'mine', scopes: ['files'] })
    await ask('DELETE', `/v1/keys/${made.id}`)
    const entries = await own()
    expect(entries.slice(0, 2)).toEqual([
      expect.objectContaining({
        action: 'key.revoke',
        target: made.id,
        address: ADDRESS,
        before: null,
        after: null,
      }),
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        object: 'audit_entry',
        created: expect.any(Number),
        account_id: viewer.id,
        account_name: viewer.username,
        action: 'key.create',
        target: made.id,
        address: ADDRESS,
        before: null,
        after: expect.objectContaining({ name: 'mine', scopes: ['files'], prefix: made.secret.slice(0, 11) }),
      },
    ])
    expect(JSON.stringify(entries)).not.toContain(made.secret)
  })

  it('tells of what accounts change: logins, webhooks, and what they delete', async () => {
    const url = 'https://93.184.216.34/hooks/a-secret-path'
    const webhook = await ask('POST', '/v1/webhooks', { url, events: ['chat.completion.created'] })
    await ask('POST', `/v1/webhooks/${webhook.id}/rotate`)
    await ask('DELETE', `/v1/webhooks/${webhook.id}`)
    const conversation = await ask('POST', '/v1/conversations', {})
    await ask('DELETE', `/v1/conversations/${conversation.id}`)
    await ask('POST', '/v1/auth/login', { login: viewer.username, password: 'a password' }, '')
    const entries = await own()
    expect(entries.slice(0, 5).map(({ action }) => action)).toEqual([
      'account.log_in',
      'conversation.delete',
      'webhook.delete',
      'webhook.rotate',
      'webhook.create',
    ])
    expect(JSON.stringify(entries)).not.toContain('a-secret-path')
    expect(entries[4]?.after).toEqual({ host: '93.184.216.34', events: ['chat.completion.created'] })
  })

  it('tells of files that are replaced or deleted, vector stores, training jobs and MCP servers', async () => {
    mockNet()
    const url = `https://mcp.example.com/${newId()}`
    strangerAt(url)
    const model = uniqueModel().id
    await addTrainer(world, model)
    const file = await uploadRows()
    for (const text of ['first', 'second'])
      await ask('PUT', '/v1/workspace/data/notes.txt', text, world.viewerKey)
    await ask('DELETE', '/v1/workspace/data/notes.txt')
    const store = await ask('POST', '/v1/vector_stores', { name: 'Contracts' })
    await ask('POST', `/v1/vector_stores/${store.id}`, { name: 'Leases' })
    await ask('DELETE', `/v1/vector_stores/${store.id}`)
    const job = await ask('POST', '/v1/fine_tuning/jobs', { model, training_file: file })
    await ask('POST', `/v1/fine_tuning/jobs/${job.id}/cancel`)
    const headers = { authorization: 'Bearer of-a-secret' }
    const server = await ask('POST', '/v1/mcp/servers', { label: 'desk', url, headers })
    await ask('PATCH', `/v1/mcp/servers/${server.id}`, { allowed_tools: ['look_up'] })
    await ask('DELETE', `/v1/mcp/servers/${server.id}`)
    const entries = await own()
    expect(entries.slice(0, 10).map(({ action, target, after }) => [action, target, after])).toEqual([
      ['mcp_server.delete', idOf(server), null],
      ['mcp_server.update', idOf(server), { tools: ['look_up'] }],
      [
        'mcp_server.create',
        idOf(server),
        { label: 'desk', host: 'mcp.example.com', headers: ['authorization'], tools: [] },
      ],
      ['training_job.cancel', idOf(job), null],
      ['training_job.create', idOf(job), { surface: 'openai', model }],
      ['vector_store.delete', idOf(store), null],
      ['vector_store.update', idOf(store), { changed: ['name'] }],
      ['vector_store.create', idOf(store), { name: 'Contracts' }],
      ['workspace_file.delete', 'data/notes.txt', null],
      ['workspace_file.replace', 'data/notes.txt', { sizeBytes: 6 }],
    ])
    expect(JSON.stringify(entries)).not.toMatch(/of-a-secret|second/)
    vi.restoreAllMocks()
  })

  it('tells of whatever else accounts delete of their own, whose names and texts it leaves out', async () => {
    const { token, account } = await newAccount({ roles: ['trainer'] })
    const [dataset, response] = [newId(), newId()]
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO search_datasets (id, account_id, created_by, name, query, status, waits_for, exporting, exports, created_at)
         VALUES (?, ?, 'ada', 'a private name', 'a', 'completed', '[]', '[]', '[]', 0)`,
      ).bind(dataset, account.id),
      env.DB.prepare(
        `INSERT INTO responses (id, account_id, state, body, background, bytes, created_at)
         VALUES (?, ?, 'completed', '{}', 0, 2, 0)`,
      ).bind(response, account.id),
    ])
    const note = await createNotes(db).keep(account.id, 'a private note')
    const items = ['user', 'assistant'].map((role) => ({ role, content: 'a private question' }))
    const conversation = await ask('POST', '/v1/conversations', { items }, token)
    const listed = await world.request(`/v1/conversations/${conversation.id}/items`, { key: token })
    const [item = ''] = ((await listed.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
    const form = new FormData()
    form.set('file', new File(['%PDF-1.7\n'], 'a private file.pdf', { type: 'application/pdf' }))
    const headers = { authorization: `Bearer ${token}` }
    const path = 'http://localhost/sira/api/upload/'
    const sent = await SELF.fetch(`${path}transcript`, { method: 'POST', headers, body: form })
    const { filename } = (await sent.json()) as { filename: string }
    await ask('DELETE', `/clara/api/datasets/${toDatasetId(dataset)}`, undefined, token)
    await ask('DELETE', `/v1/responses/resp_${response}`, undefined, token)
    await ask('DELETE', `/v1/agents/notes/note_${note.id}`, undefined, token)
    await ask('DELETE', `/v1/conversations/${conversation.id}/items/${item}`, undefined, token)
    await ask('DELETE', `/sira/api/upload/files/${filename}`, undefined, token)
    const { data } = await page(`?limit=100&account_id=${account.id}`)
    expect(data.slice(0, 5).map(({ action, target, after }) => [action, target, after])).toEqual([
      ['transcript.delete', filename, null],
      ['conversation.delete_item', idOf(conversation), { item: item.slice(-24) }],
      ['note.delete', note.id, null],
      ['response.delete', response, null],
      ['search_dataset.delete', dataset, null],
    ])
    expect(JSON.stringify(data)).not.toContain('private')
  })

  it('tells of refused logins, of nobody, and of so many that they fill no table', async () => {
    const guess = (login: string | null, address: string) =>
      SELF.fetch('http://localhost/v1/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'cf-connecting-ip': address },
        body: JSON.stringify({ login, password: 'wrong' }),
      })
    const refused = async (target: string) =>
      (await page(`?limit=100&action=account.refuse_log_in&target=${target}`)).data
    expect((await guess(viewer.username, '198.51.100.1')).status).toBe(401)
    await expect
      .poll(() => refused(viewer.id))
      .toMatchObject([{ account_id: 'nobody', account_name: null, address: '198.51.100.1', after: null }])
    const mistyped = 'a password in the wrong field'
    await guess(mistyped, '198.51.100.1')
    await expect.poll(() => refused(UNKNOWN_LOGIN)).toHaveLength(1)
    expect(JSON.stringify(await page('?limit=100'))).not.toContain(mistyped)
    const note = createRefusedLogins(createAudit(db))
    const from = (address: string, accountId?: string) => answeringTo(address, () => note(accountId))
    for (let at = 0; at < MAX_NOTED_REFUSALS + 5; at += 1) await from(`192.0.2.${at}`, viewer.id)
    expect(await refused(viewer.id)).toHaveLength(MAX_NOTED_REFUSALS)
    const named = Array.from({ length: MAX_NOTED_REFUSALS + 5 }, () => newId())
    for (const accountId of named) await from('203.0.113.9', accountId)
    const noted = (await page('?limit=100&action=account.refuse_log_in')).data
    expect(noted.filter(({ address }) => address === '203.0.113.9')).toHaveLength(MAX_NOTED_REFUSALS)
    const later = createRefusedLogins(createAudit(db), () => Date.now() + 2 * HOUR_MS)
    await later(viewer.id)
    expect(await refused(viewer.id)).toHaveLength(MAX_NOTED_REFUSALS + 1)
  })

  it('tells nothing of what was refused', async () => {
    const before = (await own()).length
    for (const path of ['/v1/keys/nothing', '/v1/webhooks/nothing', '/v1/conversations/conv_nothing'])
      expect((await world.request(path, { method: 'DELETE', key: world.viewerKey })).status).toBe(404)
    expect(await own()).toHaveLength(before)
  })

  it('tells of a node that joins as of whoever invited it', async () => {
    const { token } = (await (
      await world.request('/v1/nodes/join-tokens', { body: { name: 'attic' } })
    ).json()) as {
      token: string
    }
    const joined = await SELF.fetch('http://localhost/nodes/join', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-connecting-ip': ADDRESS },
      body: JSON.stringify({ token, name: 'cellar' }),
    })
    const { node_id } = (await joined.json()) as { node_id: string }
    const { data } = await page(`?target=${node_id}`)
    const { id } = await freshAccounts().accounts.authenticate(world.adminKey)
    expect(data).toEqual([
      expect.objectContaining({
        account_id: id,
        action: 'node.join',
        address: ADDRESS,
        after: { name: 'cellar' },
      }),
    ])
  })

  it('goes on behind the last entry of a page, whatever is written meanwhile', async () => {
    const audit = createAudit(db)
    const target = crypto.randomUUID()
    const write = (action: string) => audit.row({ actorId: viewer.id, action, target })
    for (const action of ['a.1', 'a.2', 'a.3']) await write(action)
    const first = await page(`?limit=2&target=${target}`)
    expect(first).toMatchObject({ has_more: true })
    await write('a.4')
    const second = await page(`?limit=2&target=${target}&after=${first.last_id}`)
    expect(second.has_more).toBe(false)
    const seen = [...first.data, ...second.data].map(({ action }) => action)
    expect(seen.toSorted()).toEqual(['a.1', 'a.2', 'a.3'])
    expect((await page(`?action=a.4&target=${target}`)).data).toHaveLength(1)
  })

  it.each([
    ['limit', `limit=${MAX_AUDIT_PAGE + 1}`],
    ['limit', 'limit=0'],
    ['after', 'after=nothing'],
    ['account_id', 'account_id=ada'],
    ['action', 'action='],
    ['whose', 'whose=mine'],
  ])('refuses a bad %s (%s)', async (param, query) => {
    const response = await get(`?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })

  it(`takes a page of ${MAX_AUDIT_PAGE}`, async () => {
    expect((await get(`?limit=${MAX_AUDIT_PAGE}`)).status).toBe(200)
  })

  it('is for administrators, by a credential that administers', async () => {
    expect((await get('', world.viewerKey)).status).toBe(403)
    expect((await get('', '')).status).toBe(401)
    const narrow = await ask('POST', '/v1/keys', { name: 'narrow', scopes: ['account'] }, world.adminKey)
    expect((await get('', narrow.secret)).status).toBe(403)
  })
})

describe('the audit log', () => {
  it('has no address where no request is answered, and a long one cut', async () => {
    const audit = createAudit(db)
    const target = crypto.randomUUID()
    await audit.row({ actorId: viewer.id, action: 'b.1', target })
    await answeringTo('1'.repeat(65), () =>
      audit.row({ actorId: viewer.id, action: 'b.2', target }).execute(),
    )
    const { data } = await page(`?target=${target}`)
    expect(Object.fromEntries(data.map(({ action, address }) => [action, address]))).toEqual({
      'b.1': null,
      'b.2': '1'.repeat(64),
    })
  })

  it('forgets what is older than its time, but not who pays for the catalogue', async () => {
    const now = Date.now()
    const oldest = now - AUDIT_KEPT_DAYS * DAY_MS
    const target = crypto.randomUUID()
    const write = (action: string, createdAt: number) =>
      db.insert(auditLog).values({ id: newId(), actorId: viewer.id, action, target, createdAt })
    await write('c.kept', oldest)
    await write('c.gone', oldest - 1)
    await write('catalogue.update', oldest - 1)
    expect(await createAuditLog(db, () => now).sweep()).toBe(1)
    const kept = (await page(`?target=${target}`)).data.map(({ action }) => action)
    expect(kept.toSorted()).toEqual(['c.kept', 'catalogue.update'])
  })
})
