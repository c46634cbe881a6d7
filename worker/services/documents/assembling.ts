import type { Db } from '../../db/client.ts'
import { FileWriter } from '../files/file-writer.ts'
import { partKey } from '../files/files.ts'
import { objectBytes } from '../files/object-bytes.ts'
import type { Assembly } from '../files/uploads.ts'
import { observe } from './observed-bytes.ts'
import { HEAD_BYTES, sniff } from './reading/sniffing.ts'
import { createDescribing, MAX_DOCUMENT_BYTES } from './receiving.ts'

/** Documents that come in parts: one object is made of them, as if they had come whole. */
export function createAssembling({ db, bucket }: { db: Db; bucket: R2Bucket }): Assembly {
  const describe = createDescribing({ db, bucket })
  return {
    maxBytes: MAX_DOCUMENT_BYTES,
    async assemble({ id, name }, keys) {
      const key = partKey(id)
      const parts = objectBytes(
        bucket,
        keys.map((part) => ({ key: part })),
      )
      const observed = observe(parts, HEAD_BYTES, (head) => void sniff(name, head))
      const writer = new FileWriter(bucket, key)
      try {
        for await (const chunk of observed.bytes) await writer.write(chunk)
        await writer.close()
        return await describe(name, observed, { key, sizeBytes: writer.sizeBytes })
      } catch (thrown) {
        await writer.abort().catch(() => {}) // R2 ends an unfinished upload by itself, and a whole one is swept
        throw thrown
      }
    },
  }
}
