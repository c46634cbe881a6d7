import '../../workerd.ts'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it, vi } from 'vitest'
import { ATTEMPT_LIMIT_MS, createAttempt } from '../../../../worker/services/webhooks/attempt.ts'
import { createResolver } from '../../../../worker/services/webhooks/resolver.ts'

const [secret, other] = ['a', 'b'].map((letter) => `whsec_${btoa(letter.repeat(32))}`) as [string, string]
const message = {
  id: 'msg_1',
  url: 'https://hooks.example.com/in',
  payload: '{"event":"file.uploaded"}',
  secrets: [secret],
}

type Fetcher = (url: string, init: RequestInit) => Promise<Response>

function setUp({
  answer = async () => new Response('thanks'),
  addresses = ['8.8.8.8'],
  limitMs = ATTEMPT_LIMIT_MS,
}: {
  answer?: Fetcher
  addresses?: string[] | Error
  limitMs?: number
} = {}) {
  const fetcher = vi.fn(answer)
  const resolve = vi.fn(async (_name: string) => {
    if (addresses instanceof Error) throw addresses
    return addresses
  })
  const attempt = createAttempt({
    resolve,
    isDevelopment: false,
    // A fake answers to the one form in which it is called.
    fetcher: fetcher as unknown as typeof fetch,
    limitMs,
  })
  return { attempt, fetcher, resolve }
}

const headersOf = (init: RequestInit | undefined) => Object.fromEntries(new Headers(init?.headers))

describe('an attempt', () => {
  it('is verified by standardwebhooks, with either secret while two sign', async () => {
    const { attempt, fetcher } = setUp()
    expect(await attempt.send({ ...message, secrets: [secret, other] })).toEqual({
      isDelivered: true,
      status: 200,
    })
    const [url, init] = fetcher.mock.calls[0] ?? []
    expect(url).toBe(message.url)
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', body: message.payload })
    const headers = headersOf(init)
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'msg_1' })
    for (const key of [secret, other])
      expect(new Webhook(key).verify(message.payload, headers)).toEqual({ event: 'file.uploaded' })
    const stranger = new Webhook(`whsec_${btoa('c'.repeat(32))}`)
    expect(() => stranger.verify(message.payload, headers)).toThrow()
    expect(() => new Webhook(secret).verify('{"event":"other"}', headers)).toThrow()
  })

  it.each([200, 201, 202, 204, 299])('has arrived where it is answered with %i', async (status) => {
    const { attempt } = setUp({ answer: async () => new Response(null, { status }) })
    expect(await attempt.send(message)).toEqual({ isDelivered: true, status })
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i)', async (status) => {
    const location = 'https://169.254.169.254/'
    const { attempt, fetcher } = setUp({
      answer: async () => new Response(null, { status, headers: { location } }),
    })
    expect(await attempt.send(message)).toMatchObject({ isDelivered: false, status })
    expect(fetcher).toHaveBeenCalledTimes(1)
  })

  it('hears how long to wait', async () => {
    const { attempt } = setUp({
      answer: async () => new Response(null, { status: 503, headers: { 'retry-after': '120' } }),
    })
    expect(await attempt.send(message)).toEqual({
      isDelivered: false,
      status: 503,
      error: 'It answered 503.',
      retryAfterMs: 120_000,
    })
  })

  it('does not read the body of an answer that has no end', async () => {
    let pulled = 0
    let isCancelled = false
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(65_536))
      },
      cancel() {
        isCancelled = true
      },
    })
    const { attempt } = setUp({ answer: async () => new Response(body) })
    expect(await attempt.send(message)).toEqual({ isDelivered: true, status: 200 })
    expect(isCancelled).toBe(true)
    expect(pulled).toBeLessThan(4)
  })

  it('ends at its limit when nobody answers', async () => {
    const never: Fetcher = (_url, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const { attempt } = setUp({ answer: never, limitMs: 50 })
    expect(await attempt.send(message)).toMatchObject({
      isDelivered: false,
      status: null,
      error: 'It did not answer within 0.05 seconds.',
    })
    expect(ATTEMPT_LIMIT_MS).toBe(15_000)
  })

  it('says no more of a failed connection than that it failed', async () => {
    const { attempt } = setUp({
      answer: async () => {
        throw new TypeError('connect ECONNREFUSED 10.0.0.1:443 at /srv/edge/worker.js')
      },
    })
    expect(await attempt.send(message)).toMatchObject({ error: 'It could not be reached.' })
  })

  it.each([
    ['a private address', ['10.0.0.1'], /not public/],
    ['one private address among others', ['8.8.8.8', '::1'], /not public/],
    ['an address in another spelling', ['::ffff:169.254.169.254'], /not public/],
    ['no address', [], /no address/],
    ['nobody who knows it', new Error('the resolver is away'), /could not be looked up/],
  ])('does not reach a name that has %s', async (_what, addresses, words) => {
    const { attempt, fetcher } = setUp({ addresses })
    expect(await attempt.send(message)).toMatchObject({
      isDelivered: false,
      status: null,
      error: expect.stringMatching(words),
    })
    expect(fetcher).not.toHaveBeenCalled()
  })

  it('looks a name up each time, and an address never', async () => {
    const { attempt, resolve } = setUp()
    await attempt.send(message)
    await attempt.send(message)
    expect(resolve.mock.calls.map(([name]) => name)).toEqual(['hooks.example.com', 'hooks.example.com'])
    await attempt.send({ ...message, url: 'https://8.8.8.8/' })
    expect(resolve).toHaveBeenCalledTimes(2)
  })

  it.each([
    'https:\\\\hooks.example.com\\in',
    'https://hooks.example.com\\@127.0.0.1/../in',
    'ht\ntps://hooks.exam\tple.com/in',
    'https:hooks.example.com/in',
  ])('goes to the address that was checked, however it was spelled: %j', async (url) => {
    const { attempt, fetcher, resolve } = setUp()
    expect(await attempt.send({ ...message, url })).toMatchObject({ isDelivered: true })
    expect(resolve.mock.calls.map(([name]) => name)).toEqual(['hooks.example.com'])
    expect(fetcher.mock.calls.map(([asked]) => asked)).toEqual(['https://hooks.example.com/in'])
  })

  it('does not go where an endpoint may not be, whatever once let it in', async () => {
    const { attempt, fetcher } = setUp()
    for (const url of ['http://example.com/', 'https://127.0.0.1/', 'https://localhost/'])
      expect(await attempt.send({ ...message, url })).toMatchObject({ isDelivered: false, status: null })
    expect(fetcher).not.toHaveBeenCalled()
  })
})

describe('a name over HTTPS', () => {
  const resolverOf = (answers: Record<string, unknown>, status = 200) =>
    createResolver('https://dns.example/dns-query', (async (url: string) => {
      const type = new URL(url).searchParams.get('type') ?? ''
      return Response.json(answers[type] ?? { Status: 0 }, { status })
    }) as unknown as typeof fetch)

  it('has the addresses of both kinds, behind its aliases', async () => {
    const resolve = resolverOf({
      A: {
        Status: 0,
        Answer: [
          { type: 5, data: 'alias.example.' },
          { type: 1, data: '8.8.8.8' },
        ],
      },
      AAAA: { Status: 0, Answer: [{ type: 28, data: '2606:4700:4700::1111' }] },
    })
    expect(await resolve('example.com')).toEqual(['8.8.8.8', '2606:4700:4700::1111'])
  })

  it('that does not exist has none', async () => {
    expect(await resolverOf({ A: { Status: 3 }, AAAA: { Status: 3 } })('example.com')).toEqual([])
  })

  it.each([
    ['says that it failed', { A: { Status: 2 } }, 200],
    ['answers with an error', {}, 500],
    ['answers something else', { A: { addresses: [] } }, 200],
  ])('is not known where the resolver %s', async (_what, answers, status) => {
    await expect(resolverOf(answers, status)('example.com')).rejects.toThrow()
  })
})
