import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MIB } from '../../../../../shared/units.ts'
import { configOf } from '../../../../../worker/env.ts'
import { pause } from '../../../../../worker/services/pause.ts'
import { openaiSurface } from '../../../../../worker/surfaces/openai/index.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount, unique } from '../../../../contracts/contract-client.ts'
import { errorOf, objectsUnder } from '../../../file-client.ts'
import { services, storedFile, tunedResult } from '../../../tuned.ts'
import { freshAccounts } from '../../../world.ts'

const ID = '0'.repeat(24)

/** Every operation on files, with a body that would be looked at. */
const OPERATIONS: [method: string, path: string, body?: () => BodyInit][] = [
  ['GET', '/v1/files'],
  ['POST', '/v1/files', form],
  ['GET', `/v1/files/file-${ID}`],
  ['GET', `/v1/files/file-${ID}/content`],
  ['DELETE', `/v1/files/file-${ID}`],
  ['POST', '/v1/uploads', () => '{}'],
  ['POST', `/v1/uploads/upload_${ID}/parts`, form],
  ['POST', `/v1/uploads/upload_${ID}/complete`, () => '{}'],
  ['POST', `/v1/uploads/upload_${ID}/cancel`],
  ['GET', '/v1/workspace'],
  ['GET', '/v1/workspace/a/b'],
  ['HEAD', '/v1/workspace/a/b'],
  ['PUT', '/v1/workspace/a/b', () => 'x'],
  ['DELETE', '/v1/workspace/a/b'],
  ['POST', '/v1/workspace-uploads', () => '{}'],
  ['GET', `/v1/workspace-uploads/wsupload_${ID}`],
  ['PUT', `/v1/workspace-uploads/wsupload_${ID}/parts/1`, () => 'x'],
  ['POST', `/v1/workspace-uploads/wsupload_${ID}/complete`],
  ['POST', `/v1/workspace-uploads/wsupload_${ID}/cancel`],
]

function form(): FormData {
  const data = new FormData()
  data.set('purpose', 'fine-tune')
  data.set('file', new File(['{"text":"a"}'], 'a.jsonl'))
  return data
}

function send(key: string, [method, path, body]: (typeof OPERATIONS)[number]) {
  const content = body?.()
  const isJson = typeof content === 'string' && method === 'POST'
  return SELF.fetch(`http://localhost${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(isJson && { 'content-type': 'application/json' }) },
    ...(content !== undefined && { body: content }),
  })
}

const { accounts, keys } = freshAccounts()
async function keyWith(scopes: string[] | null) {
  const { account } = await newAccount({ plan: 'enterprise' })
  return { account, secret: (await keys.create({ accountId: account.id, name: 'x', scopes })).secret }
}

describe('files of every kind', () => {
  it('are closed to a key that was not given their scope', async () => {
    const { secret } = await keyWith(['inference', 'account'])
    const before = await objectsUnder('')
    for (const operation of OPERATIONS) {
      const response = await send(secret, operation)
      expect(response.status, operation.join(' ')).toBe(403)
      if (operation[0] !== 'HEAD')
        expect((await errorOf(response)).message).toBe("This API key lacks the scope 'files'.")
    }
    expect(await objectsUnder('')).toEqual(before)
  })

  it('are open to a key with their scope alone', async () => {
    const { secret } = await keyWith(['files'])
    for (const operation of OPERATIONS) {
      const { status } = await send(secret, operation)
      expect([200, 201, 400, 404], operation.join(' ')).toContain(status)
    }
  })

  it('are closed to an account that is disabled', async () => {
    const { account, secret } = await keyWith(null)
    await env.DB.prepare('UPDATE accounts SET active = 0 WHERE id = ?').bind(account.id).run()
    const before = await objectsUnder('')
    for (const operation of OPERATIONS)
      expect((await send(secret, operation)).status, operation.join(' ')).toBe(401)
    expect(await objectsUnder('')).toEqual(before)
    expect(await accounts.authenticate(secret).catch((thrown) => thrown)).toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('take nothing from a key that is revoked while they come', async () => {
    const { account, secret } = await keyWith(null)
    const [key] = await keys.list(account.id)
    const before = await objectsUnder('')
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new Uint8Array(10))
        sent += 1
        // The first chunk is there before the request is.
        if (sent === 3) await keys.revoke(account.id, key?.id ?? '')
        await pause(20)
      },
    })
    const headers = { authorization: `Bearer ${secret}` }
    const app = openaiSurface(createServices(env, configOf(env)))
    const response = await app.request('/v1/workspace/late', { method: 'PUT', headers, body }, env)
    expect(response.status).toBe(401)
    expect(sent).toBeGreaterThan(3)
    expect(await objectsUnder('')).toEqual(before)
  })
})

/** Bytes of a download that no buffer on its way holds whole. */
const LONG_BYTES = 16 * MIB

/** The way to a long file of an account. */
const DOWNLOADS: [name: string, begin: (account: Owner) => Promise<string>][] = [
  [
    'a file',
    async ({ secret }) => {
      const data = form()
      const line = `${JSON.stringify({ text: 'x'.repeat(900_000) })}\n`
      data.set('file', new File([line.repeat(Math.ceil(LONG_BYTES / line.length))], 'a.jsonl'))
      const made = await send(secret, ['POST', '/v1/files', () => data])
      return `/v1/files/${(await made.json<{ id: string }>()).id}/content`
    },
  ],
  [
    'a file of the workspace',
    async ({ secret }) => {
      await send(secret, ['PUT', '/v1/workspace/long', () => new Uint8Array(LONG_BYTES)])
      return '/v1/workspace/long'
    },
  ],
  [
    'a model',
    async ({ account }) => {
      const half = new Uint8Array(LONG_BYTES / 2)
      const base = unique('base')
      const given = { accountId: account.id, base, ...(await storedFile([half, half])) }
      const { name } = await services.tunedModels.publish(await tunedResult(given))
      return `/v1/models/${encodeURIComponent(name)}/content`
    },
  ],
]
type Owner = Awaited<ReturnType<typeof keyWith>>

describe('a download', () => {
  it.each(DOWNLOADS)('of %s ends before its end when its key is revoked', async (_name, begin) => {
    const owner = await keyWith(null)
    const response = await send(owner.secret, ['GET', await begin(owner)])
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const [key] = await keys.list(owner.account.id)
    await keys.revoke(owner.account.id, key?.id ?? '')
    let received = 0
    const reading = (async () => {
      // As slow as somebody's line.
      for await (const { byteLength } of response.body ?? []) {
        received += byteLength
        await pause(50)
      }
    })()
    await expect(reading).rejects.toThrow()
    expect(received).toBeLessThan(LONG_BYTES)
  })
})
