import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { makeId } from '../../../../shared/ids.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { disposedObjects } from '../../../../worker/db/tables/disposal.ts'
import { storageReservations } from '../../../../worker/db/tables/storage.ts'
import { createDisposal } from '../../../../worker/services/files/disposal.ts'
import { createQuota } from '../../../../worker/services/files/quota.ts'
import { createWorkspace, versionKey } from '../../../../worker/services/workspace/workspace.ts'
import { createWorkspaceUploads } from '../../../../worker/services/workspace/workspace-uploads.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { objectsUnder } from '../../file-client.ts'

const db = createDb(env.DB)
const bucket = env.FILES
const disposal = createDisposal({ db, bucket })
const limits = { bytes: 100, files: 2 }
const quota = createQuota({ db, limitsOf: async () => limits })
const workspace = createWorkspace({ db, bucket, disposal, quota })
const whole = () => ({})
const objects = () => objectsUnder('workspace/')

async function* bytesOf(...texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text)
}
async function* breaking() {
  yield new TextEncoder().encode('begun')
  throw new Error('gone')
}
const idOf = async () => (await newAccount()).account.id
const usedBy = async (id: string) => {
  const { bytes, files } = await quota.usage(id)
  return [bytes, files]
}
const textOf = async (id: string, path: string) => {
  const { body } = await workspace.read(id, path, whole)
  return await new Response(body).text()
}

describe('writing a file', () => {
  it('takes bytes from a stream, and from objects that are there', async () => {
    const id = await idOf()
    await bucket.put('elsewhere/1', 'one, ')
    await bucket.put('elsewhere/2', 'two')
    await workspace.write(id, 'out/a', bytesOf('in ', 'pieces'), { contentType: 'text/plain' })
    await workspace.write(id, 'out/b', { keys: ['elsewhere/1', 'elsewhere/2'] })
    expect(await textOf(id, 'out/a')).toBe('in pieces')
    expect(await textOf(id, 'out/b')).toBe('one, two')
    expect(await usedBy(id)).toEqual([17, 2])
  })

  it.each([
    ['bytes that break off', () => ({ source: breaking(), options: {} }), 'gone'],
    ['an object that is gone', () => ({ source: { keys: ['elsewhere/none'] }, options: {} }), 'is gone'],
    [
      'a signal',
      () => ({ source: bytesOf('x'), options: { signal: AbortSignal.abort(new Error('no more')) } }),
      'no more',
    ],
    [
      'a condition that does not hold',
      () => ({ source: bytesOf('x'), options: { condition: { ifMatch: ['0'.repeat(24)] } } }),
      'not in the state',
    ],
    [
      'more bytes than the plan has',
      () => ({ source: bytesOf('x'.repeat(101)), options: {} }),
      'at most 100',
    ],
  ])('that %s ends leaves everything as it was', async (_case, given, why) => {
    const id = await idOf()
    await workspace.write(id, 'a', bytesOf('before'))
    const kept = await objects()
    const { source, options } = given()
    await expect(workspace.write(id, 'a', source, options)).rejects.toThrow(why)
    expect(await textOf(id, 'a')).toBe('before')
    expect(await objects()).toEqual(kept)
    expect(await usedBy(id)).toEqual([6, 1])
    expect(await db.select().from(storageReservations)).toEqual([])
  })

  it('in place of another is no other file, at the limit of files too', async () => {
    const id = await idOf()
    for (const path of ['a', 'b', 'a']) await workspace.write(id, path, bytesOf('x'))
    await expect(workspace.write(id, 'c', bytesOf('x'))).rejects.toMatchObject({ code: 'storage_full' })
    expect(await usedBy(id)).toEqual([2, 2])
  })
})

describe('reading a file', () => {
  it('gives bytes and row of one version, although it is replaced in between', async () => {
    const id = await idOf()
    await workspace.write(id, 'a', bytesOf('old'))
    let isReplaced = false
    const slow = new Proxy(bucket, {
      get: (target, name) =>
        name === 'get'
          ? async (key: string) => {
              if (!isReplaced) await workspace.write(id, 'a', bytesOf('newer'))
              isReplaced = true
              return await target.get(key)
            }
          : Reflect.get(target, name).bind(target),
    })
    const reader = createWorkspace({ db, bucket: slow, disposal, quota })
    const { file, body } = await reader.read(id, 'a', whole)
    expect([file.sizeBytes, await new Response(body).text()]).toEqual([5, 'newer'])
  })
})

describe('an upload that is completed while it is cancelled', () => {
  it('is either a file or cancelled, and its caller is told which', async () => {
    const accountId = await idOf()
    let meanwhile = async (): Promise<unknown> => undefined
    const racing = {
      createMultipartUpload: (key: string) => bucket.createMultipartUpload(key),
      head: (key: string) => bucket.head(key),
      delete: (key: string | string[]) => bucket.delete(key),
      resumeMultipartUpload(key: string, uploadId: string): R2MultipartUpload {
        const upload = bucket.resumeMultipartUpload(key, uploadId)
        const abort = async () => {
          await meanwhile()
          await upload.abort()
        }
        const [uploadPart, complete] = [upload.uploadPart.bind(upload), upload.complete.bind(upload)]
        return { key, uploadId, uploadPart, complete, abort }
      },
    }
    const uploads = createWorkspaceUploads({ db, bucket: racing, quota, workspace })
    const { id } = await uploads.create(accountId, { path: 'a', sizeBytes: 3, partBytes: 3 })
    await uploads.putPart(accountId, id, { number: 1, bytes: bytesOf('abc') })
    let isCompleted = false
    meanwhile = () =>
      uploads.complete(accountId, id).then(
        () => (isCompleted = true),
        () => {},
      )
    const isCancelled = await uploads.cancel(accountId, id).then(
      () => true,
      () => false,
    )
    const isThere = (await workspace.find(accountId, 'a')) !== undefined
    expect([isCompleted, isThere]).toEqual([!isCancelled, !isCancelled])
    expect(await usedBy(accountId)).toEqual(isThere ? [3, 1] : [0, 0])
  })
})

describe('the sweep', () => {
  it('takes versions that were never shown, when nobody can be writing them any more', async () => {
    const id = await idOf()
    const { file } = await workspace.write(id, 'a', bytesOf('x'))
    const agedId = (days: number) =>
      makeId(Date.now() - days * DAY_MS, crypto.getRandomValues(new Uint8Array(8)))
    const [orphan, fresh] = [versionKey(agedId(1.5)), versionKey(agedId(0.5))]
    for (const key of [orphan, fresh]) await bucket.put(key, 'x')
    const later = createWorkspace({ db, bucket, disposal, quota, now: () => Date.now() + 1.1 * DAY_MS })
    expect(await workspace.sweep()).toBe(1)
    expect(await objects()).toEqual(expect.arrayContaining([fresh, versionKey(file.versionId)]))
    await later.sweep()
    expect(await objects()).toContain(versionKey(file.versionId))
    expect(await objects()).not.toContain(fresh)
  })

  it('deletes what a row let go of and nobody deleted', async () => {
    await bucket.put('workspace/left', 'x')
    await db.insert(disposedObjects).values({ key: 'workspace/left', createdAt: 1 })
    expect(await disposal.sweep()).toBe(1)
    expect(await objects()).not.toContain('workspace/left')
    expect(await db.select().from(disposedObjects)).toEqual([])
  })
})
