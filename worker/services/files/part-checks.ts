import { AppError } from '../../../shared/errors.ts'
import type { fileParts, uploads } from '../../db/tables/files.ts'
import { partKey } from './files.ts'
import { objectBytes } from './object-bytes.ts'
import { joinSurveys } from './rows/join-surveys.ts'
import { joined } from './rows/lines.ts'
import type { RowSurvey } from './rows/row-survey.ts'

/** A part of a file or of an upload. */
export type Part = typeof fileParts.$inferSelect
/** One whose lines were looked at. */
type RowPart = Part & { survey: NonNullable<Part['survey']> }

/** The refusal of what a field says. */
export const refuse = (param: string, message: string): AppError =>
  new AppError('invalid_request', `Invalid '${param}': ${message}.`, { param })

const toHex = (digest: ArrayBuffer): string =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The parts that are named, in that order. Throws `invalid_request`. */
export function inOrder(parts: readonly Part[], partIds: readonly string[]): Part[] {
  const byId = new Map(parts.map((part) => [part.id, part]))
  if (new Set(partIds).size < partIds.length) throw refuse('part_ids', 'a part is in it twice')
  return partIds.map((id, index) => {
    const part = byId.get(id)
    if (!part) throw refuse(`part_ids[${index}]`, 'the upload has no such part')
    return part
  })
}

async function md5Of(bucket: R2Bucket, parts: readonly Part[]): Promise<string> {
  const digest = new crypto.DigestStream('MD5')
  const writer = digest.getWriter()
  const stretches = parts.map(({ id }) => ({ key: partKey(id) }))
  for await (const chunk of objectBytes(bucket, stretches)) await writer.write(chunk)
  await writer.close()
  return toHex(await digest.digest)
}

/** Throws `invalid_request` for parts that are not the file that was announced. */
export async function checkParts(
  bucket: R2Bucket,
  { sizeBytes }: Pick<typeof uploads.$inferSelect, 'sizeBytes'>,
  parts: readonly Part[],
  md5: string | undefined,
): Promise<void> {
  const size = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  if (size !== sizeBytes)
    throw refuse('part_ids', `the parts have ${size} bytes, and the upload was made for ${sizeBytes}`)
  if (md5 !== undefined && (await md5Of(bucket, parts)) !== md5.toLowerCase())
    throw refuse('md5', 'the parts in this order have another checksum')
}

const isRowPart = (part: Part): part is RowPart => part.survey !== null

/** The findings about the rows of a file from those about its parts; undefined where no lines were looked at. */
export async function surveyParts(bucket: R2Bucket, parts: readonly Part[]): Promise<RowSurvey | undefined> {
  const rowParts = parts.filter(isRowPart)
  if (rowParts.length === 0) return undefined
  return joinSurveys(
    rowParts.map(({ id, sizeBytes, survey }) => ({ key: partKey(id), sizeBytes, survey })),
    async ({ key, offset, length }) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of objectBytes(bucket, [{ key, range: { offset, length } }])) chunks.push(chunk)
      return joined(chunks, length)
    },
  )
}
