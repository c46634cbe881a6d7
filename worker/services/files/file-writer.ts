import { MIB } from '../../../shared/units.ts'

/** The bytes of a dataset as they were uploaded, in R2. */
export const datasetKey = (datasetId: string): string => `datasets/${datasetId}`

/** Size of a part of a large file, in bytes: the least that R2 takes, which wants all parts but the last to be of one size. */
export const PART_BYTES = 5 * MIB

/** Writes a file whose size is not known before its end, with one part of it in memory. What is aborted was never there. */
export class FileWriter {
  readonly #bucket: R2Bucket
  readonly #key: string
  readonly #part = new Uint8Array(PART_BYTES)
  #filled = 0
  #upload: R2MultipartUpload | undefined
  #parts: R2UploadedPart[] = []
  #sizeBytes = 0

  constructor(bucket: R2Bucket, key: string) {
    this.#bucket = bucket
    this.#key = key
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#sizeBytes += bytes.byteLength
    for (let from = 0; from < bytes.byteLength; ) {
      const piece = bytes.subarray(from, from + PART_BYTES - this.#filled)
      this.#part.set(piece, this.#filled)
      this.#filled += piece.byteLength
      from += piece.byteLength
      if (this.#filled === PART_BYTES) await this.#flush()
    }
  }

  /** The file is there once this has resolved. */
  async close(): Promise<void> {
    if (!this.#upload) {
      await this.#bucket.put(this.#key, this.#part.subarray(0, this.#filled))
      return
    }
    if (this.#filled > 0) await this.#flush()
    await this.#upload.complete(this.#parts)
    this.#upload = undefined
  }

  /** Takes back what was written, also after `close`. */
  async abort(): Promise<void> {
    if (this.#upload) await this.#upload.abort()
    else await this.#bucket.delete(this.#key)
  }

  async #flush(): Promise<void> {
    this.#upload ??= await this.#bucket.createMultipartUpload(this.#key)
    const part = this.#part.subarray(0, this.#filled)
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, part))
    this.#filled = 0
  }
}
