import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { createAssembling } from '../../../../worker/services/documents/assembling.ts'
import { createDisposal } from '../../../../worker/services/files/disposal.ts'
import { createFiles, MAX_LISTED_BYTES } from '../../../../worker/services/files/files.ts'
import { createQuota } from '../../../../worker/services/files/quota.ts'
import { createUploads } from '../../../../worker/services/files/uploads.ts'
import { countedDb } from '../../counted-db.ts'
import { accountOf } from '../training/training-setup.ts'

const db = createDb(env.DB)
const bucket = env.FILES
const { db: watched, bytesOf } = countedDb()
const stored = {
  bucket,
  disposal: createDisposal({ db, bucket }),
  quota: createQuota({ db, limitsOf: async () => ({ bytes: null, files: null }) }),
}

let accountId: string
beforeEach(async () => {
  accountId = (await accountOf()).id
})

it('a page of files ends before its limit when its names are long, and the pages behind it reach every file', async () => {
  const ids: string[] = []
  for (let number = 0; number < 3_000; number += 1) ids.push(newId())
  const name = `${'漢'.repeat(250)}.jsonl`
  await env.DB.prepare(
    `INSERT INTO files (id, account_id, name, purpose, content_type, size_bytes, created_at)
      SELECT value, ?1, ?2, 'fine-tune', 'text/plain', 1, 1 FROM json_each(?3)`,
  )
    .bind(accountId, name, JSON.stringify(ids))
    .run()
  const { list } = createFiles({ ...stored, db: watched })
  const found: string[] = []
  const sizes: number[] = []
  for (let hasMore = true; hasMore; ) {
    const bytes = await bytesOf(async () => {
      const page = await list(accountId, { order: 'asc', after: found.at(-1), limit: 10_000 })
      found.push(...page.files.map(({ id }) => id))
      hasMore = page.hasMore
    })
    sizes.push(bytes)
  }
  expect(found).toEqual(ids.toSorted())
  expect(sizes).toHaveLength(2)
  for (const bytes of sizes) expect(bytes).toBeLessThan(1.1 * MAX_LISTED_BYTES)
})

it('a part that is more than its upload takes is read no further', async () => {
  const uploads = createUploads({ ...stored, db, assembly: createAssembling({ db, bucket }) })
  const { id } = await uploads.create(accountId, {
    ...{ name: 'a.jsonl', purpose: 'fine-tune', contentType: 'text/plain', sizeBytes: 100 },
  })
  let read = 0
  async function* bytes() {
    for (; read < 50; read += 1) yield new Uint8Array(100).fill(10)
  }
  await expect(uploads.addPart(accountId, id, bytes())).rejects.toMatchObject({ code: 'invalid_request' })
  expect(read).toBe(2)
})
