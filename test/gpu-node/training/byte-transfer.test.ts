import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  describeFile,
  fetchFile,
  MAX_PART_FAULTS,
  Outdated,
  storeFile,
  TransferFailed,
} from '../../../gpu-node/training/byte-transfer.ts'
import { ByteServer, type Mishap } from './byte-server.ts'

let folder: string
let server: ByteServer
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-bytes-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  server = await ByteServer.start()
})
afterEach(() => server.close())

const DATA = randomBytes(1_000)
const PART = 400

function options() {
  const waits: number[] = []
  const { signal } = new AbortController()
  return { edge: server.origin, signal, waits, wait: (waitMs: number) => Promise.resolve(waits.push(waitMs)) }
}

const signed: number[][] = []
const signGet = (parts: readonly number[]) => {
  signed.push([...parts])
  return Promise.resolve(parts.map((part) => server.sign('GET', `in/${part}`)))
}

async function fetchWith(...mishaps: (Mishap | undefined)[]) {
  signed.length = 0
  const file = await server.put('in', DATA, PART)
  server.mishaps.push(...mishaps)
  const path = join(folder, 'fetched')
  const given = options()
  await fetchFile(file, path, signGet, given)
  return { data: readFileSync(path), waits: given.waits }
}

async function storeWith(...mishaps: (Mishap | undefined)[]) {
  const path = join(folder, 'stored')
  writeFileSync(path, DATA)
  const file = await describeFile(path, PART)
  server.mishaps.push(...mishaps)
  const sign = (parts: readonly number[]) =>
    Promise.resolve(
      parts.map((part) => {
        const { bytes = 0, sha256 = '' } = file.parts[part] ?? {}
        return server.sign('PUT', `out/${part}`, bytes, sha256)
      }),
    )
  await storeFile(file, path, sign, options())
  return server.read('out', file)
}

describe('a file that is fetched', () => {
  it('comes in parts, with the addresses of all of them asked for at once', async () => {
    const { data, waits } = await fetchWith()
    expect(data.equals(DATA)).toBe(true)
    expect({ signed, waits }).toEqual({ signed: [[0, 1, 2]], waits: [] })
  })

  it.each<Mishap>(['break', 'damage', 'longer', 500, 503, 429, 408])(
    'is whole after a mishap (%s), and only the part that had it is asked for again',
    async (mishap) => {
      const { data } = await fetchWith(undefined, mishap)
      expect(data.equals(DATA)).toBe(true)
      expect(server.asked).toEqual(['GET in/0', 'GET in/1', 'GET in/1', 'GET in/2'])
    },
  )

  it('is fetched on by new addresses when the old ones are refused', async () => {
    const { data } = await fetchWith(undefined, 403)
    expect(data.equals(DATA)).toBe(true)
    expect(signed).toEqual([
      [0, 1, 2],
      [1, 2],
    ])
  })

  it('is given up when the attempt is old', async () => {
    server.isOutdated = true
    await expect(fetchWith()).rejects.toThrow(Outdated)
    expect(server.asked).toHaveLength(1)
  })

  it.each<[Mishap, RegExp]>([
    [404, /answers 404/],
    [403, /answers 403/],
    ['damage', /damaged again and again/],
  ])(
    `is given up after ${MAX_PART_FAULTS} faults of a part (%s), and not one before`,
    async (mishap, words) => {
      const faults = (count: number) => Array.from({ length: count }, () => mishap)
      expect((await fetchWith(...faults(MAX_PART_FAULTS - 1))).data.equals(DATA)).toBe(true)
      await expect(fetchWith(...faults(MAX_PART_FAULTS))).rejects.toThrow(words)
    },
  )

  it('waits for an edge that is not there for as long as it takes', async () => {
    const { data, waits } = await fetchWith(...Array.from({ length: 12 }, () => 'break' as const))
    expect(data.equals(DATA)).toBe(true)
    expect(waits).toHaveLength(12)
  })

  it('has the hash that its parts have together', async () => {
    const file = await server.put('in', DATA, PART)
    const lie = { ...file, sha256: 'a'.repeat(64) }
    await expect(fetchFile(lie, join(folder, 'lie'), signGet, options())).rejects.toThrow(TransferFailed)
    expect(server.asked).toEqual([])
  })

  it('ends with the signal', async () => {
    const file = await server.put('in', DATA, PART)
    const abort = new AbortController()
    const wait = () => Promise.resolve(abort.abort())
    server.mishaps.push('break')
    const given = { edge: server.origin, signal: abort.signal, wait }
    await expect(fetchFile(file, join(folder, 'ended'), signGet, given)).rejects.toThrow(/abort/i)
    expect(server.asked).toHaveLength(1)
  })
})

describe('a file that is stored', () => {
  it('arrives in parts', async () => {
    expect((await storeWith()).equals(DATA)).toBe(true)
    expect(server.asked).toEqual(['PUT out/0', 'PUT out/1', 'PUT out/2'])
  })

  it.each<Mishap>(['break', 500, 429, 403])('is sent again where it had a mishap (%s)', async (mishap) => {
    expect((await storeWith(mishap)).equals(DATA)).toBe(true)
    expect(server.asked).toHaveLength(4)
  })

  it('is given up when the attempt is old', async () => {
    server.isOutdated = true
    await expect(storeWith()).rejects.toThrow(Outdated)
  })

  it('has one part where it fits, and its hash', async () => {
    const path = join(folder, 'described')
    writeFileSync(path, DATA)
    const { parts, sha256 } = await describeFile(path, DATA.length)
    expect(parts).toEqual([{ bytes: DATA.length, sha256 }])
    expect((await describeFile(path, DATA.length - 1)).parts).toHaveLength(2)
    writeFileSync(path, '')
    await expect(describeFile(path)).rejects.toThrow(TransferFailed)
  })
})
