import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { BYTES_PATH } from '../../../../shared/training.ts'
import { type ByteGrant, createSignedBytes } from '../../../../worker/services/files/signed-bytes.ts'
import { createSignedObjects } from '../../../../worker/services/files/signed-objects.ts'

const KEY = 'training/job/1/result/0'
const signedBytes = createSignedBytes(env.JWT_SECRET)
const sign = (over: Partial<ByteGrant> = {}) => signedBytes.sign({ key: KEY, method: 'GET', ...over })
const get = (token: string) => SELF.fetch(`http://localhost${BYTES_PATH}/${token}`)

beforeAll(async () => {
  await env.FILES.put(KEY, 'the bytes')
})

describe('GET /nodes/bytes/{token}', () => {
  it('answers with the object that the token stands for', async () => {
    const response = await get(await sign())
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '9',
      // The token in the address is all that it takes to read them.
      'cache-control': 'no-store',
    })
    expect(new TextDecoder().decode(await response.arrayBuffer())).toBe('the bytes')
  })

  it('refuses what was signed for another method, by nobody, or too long ago', async () => {
    const old = createSignedBytes(env.JWT_SECRET, () => Date.now() - 3_600_000)
    const tokens = [await sign({ method: 'PUT' }), 'x', await old.sign({ key: KEY, method: 'GET' })]
    for (const token of tokens) {
      const response = await get(token)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: { code: 'forbidden' } })
    }
  })

  it('knows nothing of an object that is gone', async () => {
    expect((await get(await sign({ key: 'gone' }))).status).toBe(404)
  })

  it('refuses one of a try at a job that nobody knows', async () => {
    expect((await get(await sign({ jobId: 'job', attempt: 1 }))).status).toBe(409)
  })
})

describe('an object of a job', () => {
  it('is there for the try that counts, and for no other', async () => {
    const { read } = createSignedObjects({
      bucket: env.FILES,
      signedBytes,
      isCurrent: async (jobId, attempt) => jobId === 'job' && attempt === 2,
      isCurrentTask: async () => false,
    })
    const { body } = await read(await sign({ jobId: 'job', attempt: 2 }))
    await body.cancel()
    await expect(read(await sign({ jobId: 'job', attempt: 1 }))).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('a file of a task', () => {
  const of = { taskId: 'task', attempt: 2 }
  const objects = () => {
    const current = { attempt: 2 }
    return {
      current,
      ...createSignedObjects({
        bucket: env.FILES,
        signedBytes,
        isCurrent: async () => false,
        isCurrentTask: async (taskId, attempt) => taskId === 'task' && attempt === current.attempt,
      }),
    }
  }
  const grant = (over: Partial<ByteGrant> = {}) =>
    sign({ key: 'out/task/2', method: 'PUT', ...of, maxBytes: 5, ...over })
  const bodyOf = (text: string) => new Blob([text]).stream().pipeThrough(new FixedLengthStream(text.length))

  it('is read and written by the try that counts, and by no other', async () => {
    const { read, write, current } = objects()
    const { body } = await read(await sign(of))
    await body.cancel()
    await write(await grant(), bodyOf('pages'), 5)
    expect(await (await env.FILES.get('out/task/2'))?.text()).toBe('pages')
    current.attempt = 3
    for (const work of [read(await sign(of)), write(await grant(), bodyOf('later'), 5)])
      await expect(work).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/task/) })
    expect(await (await env.FILES.get('out/task/2'))?.text()).toBe('pages')
  })

  it('is as long as it may be, and not a byte longer or empty', async () => {
    const { write } = objects()
    for (const length of [0, 6, undefined])
      await expect(write(await grant(), bodyOf('pages!'), length)).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/at most 5 bytes/),
      })
  })

  it('does not stay when its try was given up while it came', async () => {
    let asked = 0
    const { write } = createSignedObjects({
      bucket: env.FILES,
      signedBytes,
      isCurrent: async () => false,
      isCurrentTask: async () => ++asked === 1,
    })
    await expect(write(await grant({ key: 'out/late' }), bodyOf('pages'), 5)).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await env.FILES.head('out/late')).toBeNull()
  })
})
