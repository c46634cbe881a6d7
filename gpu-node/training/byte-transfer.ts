import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '../../shared/backoff.ts'
import {
  BYTES_PATH,
  fileHashOf,
  MAX_FILE_PARTS,
  MAX_PART_BYTES,
  type StoredFile,
} from '../../shared/training.ts'
import { type FilePart, getPart, type PartOutcome, PIECE_BYTES, putPart } from './part-request.ts'

/** The attempt is not the job's any more: nothing of it counts. */
export class Outdated extends Error {}

/** A file that cannot be fetched or stored, in one sentence. */
export class TransferFailed extends Error {}

export interface TransferOptions {
  /** The edge's origin. */
  edge: string
  signal: AbortSignal
  /** Waits between tries. */
  wait?: ((waitMs: number, signal: AbortSignal) => Promise<unknown>) | undefined
}

/** Addresses for parts, by their places in the file. */
export type SignParts = (parts: readonly number[]) => Promise<string[]>

/** Waits between tries of one part. */
export const PART_BACKOFF = { baseMs: 500, capMs: 30_000 }

/** Tries of a part that is damaged, refused, or has an address that is refused although it is new. */
export const MAX_PART_FAULTS = 5

/** Addresses that are asked for at once: they are good for a while only. */
const PARTS_SIGNED_AT_ONCE = 16

const STATUS = { timeout: 408, tooMany: 429, expired: 403, outdated: 409, broken: 500 }
const isPassing = (status: number): boolean =>
  status >= STATUS.broken || status === STATUS.timeout || status === STATUS.tooMany || status === 0

/** The sentence of the operating system's code for a full disk. */
export const isDiskFull = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')

/** Fetches a file, each part checked by its hash. Rejects with `Outdated`, `TransferFailed`, or what the disk says. */
export async function fetchFile(
  file: StoredFile,
  path: string,
  sign: SignParts,
  options: TransferOptions,
): Promise<void> {
  if ((await fileHashOf(file.parts, sha256)) !== file.sha256)
    throw new TransferFailed('The hashes of a file and of its parts do not fit each other.')
  await using made = await open(path, 'w')
  await made.truncate(file.bytes)
  await transfer(placed(path, file.parts), sign, getPart, options)
}

/** Describes a file by its parts. Rejects with `TransferFailed` where it is larger than can be stored. */
export async function describeFile(path: string, partBytes = MAX_PART_BYTES): Promise<StoredFile> {
  const { size: bytes } = await stat(path)
  const count = Math.ceil(bytes / partBytes)
  if (count > MAX_FILE_PARTS || count < 1)
    throw new TransferFailed(`A file of ${bytes} bytes cannot be stored.`)
  const parts: StoredFile['parts'] = []
  for (let start = 0; start < bytes; start += partBytes) {
    const end = Math.min(start + partBytes, bytes)
    const hash = createHash('sha256')
    for await (const piece of createReadStream(path, { start, end: end - 1, highWaterMark: PIECE_BYTES }))
      hash.update(piece)
    parts.push({ bytes: end - start, sha256: hash.digest('hex') })
  }
  return { bytes, sha256: await fileHashOf(parts, sha256), parts }
}

/** Stores a file by its parts. Rejects as `fetchFile` does. */
export const storeFile = (
  file: StoredFile,
  path: string,
  sign: SignParts,
  options: TransferOptions,
): Promise<void> => transfer(placed(path, file.parts), sign, putPart, options)

/** Moves one part by an address that is signed already. Rejects as `fetchFile` does. */
export const transferSigned = (
  part: FilePart,
  request: typeof getPart | typeof putPart,
  token: string,
  options: TransferOptions,
): Promise<void> =>
  transferPart(part, request, options, { token: () => Promise.resolve(token), forget: () => {} })

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

function placed(path: string, parts: StoredFile['parts']): FilePart[] {
  let start = 0
  return parts.map(({ bytes, sha256: hash }) => {
    const part = { path, start, bytes, sha256: hash }
    start += bytes
    return part
  })
}

type Request = (url: URL, part: FilePart, signal: AbortSignal) => Promise<PartOutcome>

/** One part after the other; a part that failed is sent again alone. */
async function transfer(
  parts: readonly FilePart[],
  sign: SignParts,
  request: Request,
  options: TransferOptions,
): Promise<void> {
  const tokens = new Map<number, string>()
  for (const [index, part] of parts.entries()) {
    await transferPart(part, request, options, {
      async token() {
        const known = tokens.get(index)
        if (known !== undefined) return known
        const wanted = parts.slice(index, index + PARTS_SIGNED_AT_ONCE).map((_, place) => index + place)
        for (const [place, token] of (await sign(wanted)).entries()) tokens.set(index + place, token)
        return tokens.get(index) ?? ''
      },
      forget: () => tokens.clear(),
    })
  }
}

interface Addresses {
  token(): Promise<string>
  forget(): void
}

async function transferPart(
  part: FilePart,
  request: Request,
  { edge, signal, wait = pause }: TransferOptions,
  addresses: Addresses,
): Promise<void> {
  for (let [tries, faults] = [0, 0]; ; tries += 1) {
    signal.throwIfAborted()
    const outcome = await attempt(part, request, edge, signal, await addresses.token())
    if (outcome === 'done') return
    const status = outcome === 'damaged' ? undefined : outcome.status
    if (status === STATUS.outdated) throw new Outdated('The job was given to another node.')
    if (status === STATUS.expired) addresses.forget()
    if (status === undefined || !isPassing(status)) faults += 1
    if (faults >= MAX_PART_FAULTS) {
      throw new TransferFailed(
        status === undefined
          ? 'A part of a file came damaged again and again.'
          : `The edge answers ${status} for a part of a file.`,
      )
    }
    if (status !== STATUS.expired || faults > 1) await wait(backoffMs(tries, PART_BACKOFF), signal)
  }
}

/** A connection that fails is worth another try; a disk that fails is not. */
async function attempt(
  part: FilePart,
  request: Request,
  edge: string,
  signal: AbortSignal,
  token: string,
): Promise<PartOutcome> {
  try {
    return await request(new URL(`${BYTES_PATH}/${encodeURIComponent(token)}`, edge), part, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    if (isOfDisk(thrown)) throw thrown
    return { status: 0 }
  }
}

/** Errors of files name their path. */
const isOfDisk = (thrown: unknown): boolean =>
  thrown instanceof Error && ('path' in thrown || isDiskFull(thrown))

const pause = (waitMs: number, signal: AbortSignal): Promise<unknown> =>
  sleep(waitMs, undefined, { signal }).catch(() => {}) // the loop sees the abort itself
