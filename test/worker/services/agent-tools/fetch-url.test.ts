import '../../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import { createFetchUrl, MAX_PAGE_BYTES } from '../../../../worker/services/agent-tools/fetch-url.ts'
import { createToolbox } from '../../../../worker/services/agent-tools/toolbox.ts'
import { createRobots, MAX_ROBOTS_BYTES } from '../../../../worker/services/agent-tools/web/robots.ts'
import {
  createWebPages,
  MAX_REDIRECTS,
  USER_AGENT,
} from '../../../../worker/services/agent-tools/web/web-page.ts'
import { createHostCheck } from '../../../../worker/services/webhooks/host-check.ts'
import { MAX_URL_LENGTH } from '../../../../worker/services/webhooks/targets.ts'
import { contextOf, textOf } from './samples.ts'

type Answer = () => Response | Promise<Response>

const page =
  (body: BodyInit, contentType = 'text/html; charset=utf-8'): Answer =>
  () =>
    new Response(body, { headers: { 'content-type': contentType } })
const redirect =
  (location: string, status = 302): Answer =>
  () =>
    new Response(null, { status, headers: { location } })

/** A web of a few pages; what is not among them is not found. Names lead to public addresses unless said otherwise. */
function setUp(
  answers: Record<string, Answer>,
  {
    addresses = {},
    isDevelopment = false,
    now = Date.now,
  }: { addresses?: Record<string, string[]>; isDevelopment?: boolean; now?: () => number } = {},
) {
  const web = new Map(Object.entries(answers))
  const fetcher = vi.fn(async (url: string, init: RequestInit) => {
    init.signal?.throwIfAborted()
    return (await web.get(url)?.()) ?? new Response('not here', { status: 404 })
  })
  const known = new Map(Object.entries(addresses))
  const resolve = vi.fn(async (name: string) => known.get(name) ?? ['8.8.8.8'])
  const pages = createWebPages({
    refusalOf: createHostCheck({ resolve, isDevelopment }),
    isDevelopment,
    // A fake answers to the one form in which it is called.
    fetcher: fetcher as unknown as typeof fetch,
  })
  const tool = createFetchUrl({ pages, mayRead: createRobots(pages, now) })
  const asked = () => fetcher.mock.calls.map(([url]) => url)
  return { tool, fetcher, asked, resolve }
}

const HOME = 'https://site.example/'
const sentence =
  'Switchyards sort the wagons of trains by where they go, and they have done so for a long time. '
const ARTICLE = `<html><head><title>Yards — Site</title></head><body><nav><a href="/a">Menu</a></nav>
<article><h1>Yards</h1><p>${sentence.repeat(4)}</p><ul><li>humps</li><li>flats</li></ul><script>alert(1)</script></article>
<footer>Imprint</footer></body></html>`

describe('fetch_url', () => {
  it('answers with the main part of a page, its title and its address', async () => {
    const { tool, fetcher } = setUp({ [HOME]: page(ARTICLE) })
    const { text, citations, data } = await tool.run({ url: HOME }, contextOf())
    expect(text).toMatch(/^Yards — Site\nhttps:\/\/site\.example\/\n\n/)
    expect(text).toContain(sentence.trim())
    expect(text).toContain('- humps\n- flats')
    expect(text).not.toMatch(/Menu|Imprint|alert/)
    expect(citations).toEqual([
      { type: 'web', url: HOME, title: 'Yards — Site', quote: expect.stringContaining('Switchyards sort') },
    ])
    expect(data).toEqual({ url: HOME, title: 'Yards — Site', is_cut: false })
    expect(fetcher.mock.calls.at(-1)?.[1]).toMatchObject({ redirect: 'manual' })
    const headers = new Headers(fetcher.mock.calls.at(-1)?.[1].headers)
    expect([headers.get('user-agent'), headers.get('authorization'), headers.get('cookie')]).toEqual([
      USER_AGENT,
      null,
      null,
    ])
  })

  it('answers with all words of a page that has no main part', async () => {
    const { tool } = setUp({ [HOME]: page('<title>Short</title><p>Only this.<p>And that.') })
    expect(await textOf(tool, { url: HOME })).toMatch(/^Short\n.*\n\n# Short\n\nOnly this\.\n\nAnd that\.$/s)
  })

  it('reads pages that nest, or hold, more than a tree of them would bear', async () => {
    const deep = `${'<div>'.repeat(1_500)}<p>${sentence.repeat(5)}</p>`
    const wide = `<p>${sentence}</p>`.repeat(21_000)
    for (const html of [deep, wide]) {
      const { tool } = setUp({ [HOME]: page(html) })
      expect(await textOf(tool, { url: HOME })).toContain(sentence.trim())
    }
  })

  it.each([
    ['UTF-8', 'text/plain', new TextEncoder().encode('naïve café'), 'naïve café'],
    ['Windows-1252', 'text/plain', Uint8Array.of(0x63, 0x61, 0x66, 0xe9), 'café'],
    ['what its header says', 'text/plain; charset=euc-kr', Uint8Array.of(0xbc, 0xad, 0xbf, 0xef), '서울'],
    [
      'what the page says',
      'text/html',
      Uint8Array.of(...new TextEncoder().encode('<meta charset="shift_jis"><p>'), 0x93, 0x8c, 0x8b, 0x9e),
      '東京',
    ],
    ['UTF-16 with a mark', 'text/plain', Uint8Array.of(0xff, 0xfe, 0x68, 0, 0x69, 0), 'hi'],
    ['JSON', 'application/json', new TextEncoder().encode('{"a":1}'), '{"a":1}'],
  ])('reads %s', async (_, contentType, bytes, words) => {
    const { tool } = setUp({ [HOME]: page(bytes, contentType) })
    expect(await textOf(tool, { url: HOME })).toContain(words)
  })

  it.each([
    ['a picture', page('x', 'image/png'), 'The page is image/png, which cannot be read here.'],
    ['nothing', page(' ', 'text/plain'), 'The page holds no text.'],
    ['bytes', page(Uint8Array.of(1, 0, 0x81, 0, 2), 'text/plain'), 'The page is no text'],
    ['an error', () => new Response('', { status: 500 }), 'site.example answered 500.'],
    [
      'silence',
      () => Promise.reject(new Error('ECONNREFUSED 10.0.0.7')),
      'site.example could not be reached.',
    ],
  ])('says so where there is %s', async (_, answer, words) => {
    const { tool } = setUp({ [HOME]: answer })
    await expect(textOf(tool, { url: HOME })).rejects.toThrow(words)
  })

  it('reads a page of the most bytes whole, and of one more all but that one', async () => {
    const ofBytes = (bytes: number) => {
      const { tool } = setUp({ [HOME]: page('a'.repeat(bytes), 'text/plain') })
      return tool.run({ url: HOME }, contextOf())
    }
    const head = `${HOME}\n\n`.length
    expect((await ofBytes(MAX_PAGE_BYTES)).text.length).toBe(head + MAX_PAGE_BYTES)
    const { text, data } = await ofBytes(MAX_PAGE_BYTES + 1)
    expect(text.slice(head + MAX_PAGE_BYTES)).toBe(
      '\n\n[The page is longer than 2097152 bytes: the rest was not read]',
    )
    expect(data).toMatchObject({ is_cut: true })
  })

  it('asks no more of a page that never ends', async () => {
    let given = 0
    const endless = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        given += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(0x61))
      },
    })
    const { tool } = setUp({ [HOME]: page(endless, 'text/plain') })
    await tool.run({ url: HOME }, contextOf())
    expect(given).toBeLessThan(2 * MAX_PAGE_BYTES)
  })

  it('follows the most redirects, and no more', async () => {
    const chain = (count: number) => ({
      ...Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${HOME}${at || ''}`, redirect(`/${at + 1}`)]),
      ),
      [`${HOME}${count}`]: page('There.', 'text/plain'),
    })
    expect(await textOf(setUp(chain(MAX_REDIRECTS)).tool, { url: HOME })).toBe(
      `${HOME}${MAX_REDIRECTS}\n\nThere.`,
    )
    const past = textOf(setUp(chain(MAX_REDIRECTS + 1)).tool, { url: HOME })
    await expect(past).rejects.toThrow('The page redirects more than 5 times.')
  })

  it.each([
    'http://127.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:10.0.0.1]/',
    'http://2130706433/',
    'http://intranet/',
    'http://printer.local/',
    'https://user:word@site.example/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'not an address',
  ])('sends nothing to %s, neither at once nor after a redirect', async (url) => {
    const direct = setUp({})
    await expect(textOf(direct.tool, { url })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(direct.asked()).toEqual([])
    const led = setUp({ [HOME]: redirect(url) })
    if (URL.canParse(url)) await expect(textOf(led.tool, { url: HOME })).rejects.toThrow("Invalid 'url'")
    expect(led.asked().filter((one) => !one.startsWith(HOME))).toEqual([])
  })

  it('sends nothing to a name that leads to an address of no public net, checked anew at each redirect', async () => {
    const inside = { 'rebound.example': ['8.8.8.8', '10.0.0.1'], 'none.example': [] }
    const { tool, asked } = setUp({ [HOME]: redirect('https://rebound.example/') }, { addresses: inside })
    const words = 'rebound.example cannot be asked. Its name leads to an address that is not public.'
    await expect(textOf(tool, { url: 'https://rebound.example/' })).rejects.toThrow(words)
    await expect(textOf(tool, { url: HOME })).rejects.toThrow(words)
    await expect(textOf(tool, { url: 'https://none.example/' })).rejects.toThrow('Its name has no address.')
    expect(asked().filter((one) => !one.startsWith(HOME))).toEqual([])
  })

  it('lets a development machine ask itself, and nobody else send it there', async () => {
    const own = 'http://127.0.0.1:9999/'
    const answers = { [own]: page('Mine.', 'text/plain'), [HOME]: redirect(own) }
    const { tool, asked } = setUp(answers, { isDevelopment: true })
    expect(await textOf(tool, { url: own })).toContain('Mine.')
    await expect(textOf(tool, { url: HOME })).rejects.toThrow("Invalid 'url'")
    expect(asked().at(-1)).toBe(HOME)
  })

  it('reads nothing that robots.txt asks programs not to read, nor by way of a redirect', async () => {
    const robots = page('User-agent: *\nDisallow: /private\n\nUser-agent: Other\nDisallow: /', 'text/plain')
    const { tool, asked } = setUp({
      [`${HOME}robots.txt`]: robots,
      [`${HOME}private/a`]: page('Secret.', 'text/plain'),
      [`${HOME}public`]: page('Open.', 'text/plain'),
      'https://other.example/': redirect(`${HOME}private/a`),
    })
    expect(await textOf(tool, { url: `${HOME}public` })).toContain('Open.')
    const words = 'site.example asks programs not to read /private/a (robots.txt).'
    await expect(textOf(tool, { url: `${HOME}private/a` })).rejects.toThrow(words)
    await expect(textOf(tool, { url: 'https://other.example/' })).rejects.toThrow(words)
    expect(asked()).not.toContain(`${HOME}private/a`)
  })

  it('asks for the wishes of a site once an hour', async () => {
    let at = 0
    const { tool, asked } = setUp({ [HOME]: page('Hi.', 'text/plain') }, { now: () => at })
    const count = () => asked().filter((one) => one === `${HOME}robots.txt`).length
    for (const time of [0, 3_599_999]) {
      at = time
      await tool.run({ url: HOME }, contextOf())
    }
    expect(count()).toBe(1)
    at = 3_600_000
    await tool.run({ url: HOME }, contextOf())
    expect(count()).toBe(2)
  })

  it('reads nothing of a site that cannot say what may be read', async () => {
    const { tool } = setUp({
      [`${HOME}robots.txt`]: () => new Response('', { status: 503 }),
      [HOME]: page('Hi.', 'text/plain'),
    })
    await expect(textOf(tool, { url: HOME })).rejects.toThrow('does not say what programs may read there')
  })

  it('reads as much of a robots.txt as programs must, and no more', async () => {
    const ofBytes = (bytes: number) => {
      const rule = '\nUser-agent: *\nDisallow: /'
      const filled = `${'#'.repeat(bytes - rule.length)}${rule}`
      return setUp({ [`${HOME}robots.txt`]: page(filled, 'text/plain'), [HOME]: page('Hi.', 'text/plain') })
        .tool
    }
    await expect(textOf(ofBytes(MAX_ROBOTS_BYTES), { url: HOME })).rejects.toThrow(
      'asks programs not to read',
    )
    expect(await textOf(ofBytes(MAX_ROBOTS_BYTES + 1), { url: HOME })).toContain('Hi.')
  })

  it('has ten seconds, the wishes of the site in them', async () => {
    const { tool } = setUp({ [HOME]: () => new Promise<never>(() => {}) })
    expect(tool.limitMs).toBe(10_000)
    const toolbox = createToolbox({ tools: [{ ...tool, limitMs: 30 }], log: { error: vi.fn() } })
    expect(await toolbox.call('fetch_url', { url: HOME }, contextOf())).toMatchObject({ code: 'time_limit' })
  })

  it('stops with its run', async () => {
    const signal = AbortSignal.timeout(30)
    const { tool } = setUp({
      [HOME]: () => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    })
    await expect(tool.run({ url: HOME }, contextOf({ signal }))).rejects.toBeDefined()
  })

  it('takes an address of the most characters, and none of one more', () => {
    const { tool } = setUp({})
    const takes = (length: number) => tool.arguments.safeParse({ url: HOME.padEnd(length, 'a') }).success
    expect([takes(MAX_URL_LENGTH), takes(MAX_URL_LENGTH + 1)]).toEqual([true, false])
  })
})
