import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { CONSOLE_PAGES } from '../../../shared/console/pages.ts'
import { TINY_MODEL } from '../../support/tiny-model.ts'
import { findingsOn, hasChromium, keepPicture } from '../support/browser.ts'
import { ADMIN, GUEST, loaded, look, type OpenConsole, sharedConsole } from '../support/console.ts'
import { NodeProcess } from '../support/stack.ts'

/** Scripts, styles and answers of this origin, and markup that the sanitiser lets in. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify"

describe.skipIf(!hasChromium)('the console', () => {
  const shared = sharedConsole()

  const titles = (page: OpenConsole['page']) =>
    page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()

  it('is where a browser arrives that asks for the origin', async () => {
    const { page, context, faults } = await shared.open('/')
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/')
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows administrators all pages and others those that are for them', async () => {
    const admin = await shared.signedIn(ADMIN, '/console/')
    expect(await titles(admin.page)).toEqual(CONSOLE_PAGES.map(({ title }) => title))
    await admin.context.close()
    const guest = await shared.signedIn(GUEST, '/console/nodes')
    expect(await titles(guest.page)).toEqual(
      CONSOLE_PAGES.filter(({ isForAdministrators }) => !isForAdministrators).map(({ title }) => title),
    )
    await guest.page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await guest.context.close()
  })

  it.each(['light', 'dark'] as const)(
    'has no page with a serious finding of axe, in %s',
    { timeout: 120_000 },
    async (colorScheme) => {
      const { page, context, faults } = await shared.signedIn(ADMIN, '/console/', { colorScheme })
      for (const { title } of CONSOLE_PAGES) {
        await page.getByRole('link', { name: title, exact: true }).click()
        await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor()
        await loaded(page)
        expect(await findingsOn(page), title).toEqual([])
        await keepPicture(page, `${title}-${colorScheme}`.toLowerCase())
      }
      expect(faults).toEqual([])
      // No script can make markup of a text, not even one that has got into the page.
      const injected = page.evaluate("document.body.innerHTML = '<b>taken</b>'")
      await expect(injected).rejects.toThrow('TrustedHTML')
      await context.close()
    },
  )

  it('stands beside documentation that asks nobody else, and has no serious finding either', {
    timeout: 120_000,
  }, async () => {
    const { page, context, faults } = await shared.open('/agentic/redoc')
    await page.getByText('curl').first().waitFor()
    await page.getByRole('combobox', { name: 'Media type' }).first().waitFor()
    expect(await findingsOn(page)).toEqual([])
    await page.goto(`${shared.origin}/agentic/docs`)
    await page.locator('.opblock-post .opblock-summary-control').first().click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    // The example stands in the field as it is sent.
    const body = page.getByRole('textbox', { name: 'Body' })
    expect(JSON.parse(await body.inputValue())).toEqual({ username: 'guest', password: 'guest_test1' })
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.getByText('"access_token"').first().waitFor()
    expect(await findingsOn(page)).toEqual([])
    expect(faults).toEqual([])
    await context.close()
  })

  // They are drawn by the same two programs: axe takes ten seconds over each, which only long runs have.
  it.runIf(inject('isLongRun')).each(['clara', 'sira', 'dualquery', 'rajora', 'v1'])(
    'stands beside the documentation of %s, without a serious finding',
    { timeout: 120_000 },
    async (surface) => {
      const { page, context, faults } = await shared.open(`/${surface}/docs`)
      await page.locator('.opblock').first().waitFor()
      expect(await findingsOn(page)).toEqual([])
      await page.goto(`${shared.origin}/${surface}/redoc`)
      await page.getByRole('tab').first().waitFor()
      expect(await findingsOn(page)).toEqual([])
      expect(faults).toEqual([])
      await context.close()
    },
  )

  it('fits a screen of 360 pixels without scrolling sideways', { timeout: 120_000 }, async () => {
    const viewport = { width: 360, height: 700 }
    const { page, context } = await shared.signedIn(ADMIN, '/console/', { viewport })
    for (const { title } of CONSOLE_PAGES) {
      await page.getByRole('link', { name: title, exact: true }).click()
      await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor()
      await loaded(page)
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(width, title).toBeLessThanOrEqual(viewport.width)
    }
    await context.close()
  })

  it('says in words why it lets somebody not in', async () => {
    const { page, context } = await shared.open('/console/')
    await page.getByLabel('Username or email').fill('guest')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('The login or the password is wrong.').waitFor()
    await context.close()
  })

  it('keeps somebody signed in over a reload, and in no place that a script of a page could read', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/')
    await page.reload()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    const readable = await page.evaluate<string>(
      'JSON.stringify([document.cookie, localStorage, sessionStorage])',
    )
    expect(readable).not.toMatch(/eyJ|sws_|sk-/)
    await context.close()
  })

  it('signs in once by a link, and takes its code out of the address', async () => {
    const { url } = await shared.edge.json<{ url: string }>('/v1/sessions/links', {})
    const first = await shared.open(url.slice(shared.origin.length))
    await first.page.getByRole('navigation', { name: 'Pages' }).waitFor()
    expect(first.page.url()).toBe(`${shared.origin}/console/`)
    await first.context.close()
    const second = await shared.open(url.slice(shared.origin.length))
    await second.page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(second.page.url()).toBe(`${shared.origin}/console/`)
    await second.context.close()
  })

  it('asks again over the page when the session is over, and loses nothing that was typed', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill('typed before it ended')
    // As a week later: the cookie is gone, and the edge refuses the token.
    await context.clearCookies()
    await page.route('**/v1/keys', (route) =>
      route.fulfill({ status: 401, json: { error: { message: 'The access token has expired.' } } }),
    )
    await page.getByRole('button', { name: 'Make the key' }).click()
    const again = page.getByRole('dialog', { name: 'Your session is over' })
    await again.waitFor()
    await page.unroute('**/v1/keys')
    await again.getByLabel('Username or email').fill(GUEST.login)
    await again.getByLabel('Password').fill(GUEST.password)
    await again.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('dialog', { name: 'The key typed before it ended' }).waitFor()
    await context.close()
  })

  it('makes a key, shows its secret once, and revokes it by name', async () => {
    const { page, context, faults } = await shared.signedIn(GUEST, '/console/keys')
    const name = `made ${crypto.randomUUID().slice(0, 8)}`
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('inference').check()
    await page.getByLabel('It ends').selectOption('In 7 days')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const shown = page.getByRole('dialog', { name: `The key ${name}` })
    await shown.waitFor()
    const [secret = '', ...samples] = await shown.locator('pre').allTextContents()
    // One for the shell and two programs, each whole.
    expect(samples).toHaveLength(3)
    for (const sample of samples)
      for (const part of [secret, `${shared.origin}/v1`]) expect(sample).toContain(part)
    const headers = { authorization: `Bearer ${secret}` }
    expect((await fetch(`${shared.origin}/v1/models`, { headers })).status).toBe(200)
    await shown.getByRole('button', { name: 'Close' }).click()
    await shown.waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(secret)
    await page.reload()
    const cells = page.getByRole('row').filter({ hasText: name }).getByRole('cell')
    await expect.poll(() => cells.allTextContents()).toHaveLength(6)
    const [begins, may, , used, ends] = await cells.allTextContents()
    expect([secret.startsWith(begins?.slice(0, -1) ?? '-'), may]).toEqual([true, 'inference'])
    for (const time of [used, ends]) expect(time).toMatch(/\d/)

    // It signs a browser in, which may do what the key may.
    const other = await shared.open('/console/account')
    await other.page.getByRole('button', { name: 'Use an API key' }).click()
    await other.page.getByLabel('API key').fill(secret)
    await other.page.getByRole('button', { name: 'Sign in' }).click()
    await other.page.getByRole('alert').getByText("lacks the scope 'account'").waitFor()
    await other.context.close()
    await page.getByRole('button', { name: `Revoke ${name}` }).click()
    const asked = page.getByRole('dialog', { name: `Revoke the key ${name}?` })
    await asked.getByRole('button', { name: 'Revoke' }).dblclick()
    await asked.waitFor({ state: 'detached' })
    await expect.poll(async () => (await fetch(`${shared.origin}/v1/models`, { headers })).status).toBe(401)
    await expect.poll(() => page.getByText(name).count()).toBe(0)
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows the nodes of the pool, and a command by which another one joins, is drained and revoked', async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/nodes')
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shared.origin })
    const attic = page.getByRole('region', { name: 'attic' })
    await attic.getByText('online').waitFor()
    await attic.getByRole('rowheader', { name: 'starter' }).waitFor()
    await page.getByRole('button', { name: 'Add a node' }).click()
    await page.getByLabel('Its name').fill('cellar')
    await page.getByRole('button', { name: 'Make a join token' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add the node cellar' })
    await dialog.getByText('Waiting for it to dial in…').waitFor()
    expect(await dialog.locator('.good').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Copy command' }).click()
    await dialog.getByRole('button', { name: 'Copied' }).waitFor()
    const command = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(command).toMatch(/^npm run node -- .* --model <[^<>]+>$/)

    // Nothing flows while nobody looks; what has changed meanwhile is there when somebody does.
    const isStream = (request: { url(): string }) => request.url().endsWith('/v1/nodes/events')
    const ended = page.waitForEvent('requestfailed', isStream)
    await look(page, 'hidden')
    await ended
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
    const own = `${TINY_MODEL} --state-dir ${folder} --slots 1 --threads 1 --gpu off`
    const node = new NodeProcess(spawn('sh', ['-c', command.replace(/<.+>$/, own)], { detached: true }))
    try {
      await node.whileRunning(shared.edge.untilOffered('cellar', 60_000))
      await look(page, 'visible')
      await dialog.locator('.good').getByText('cellar is here, with 1 model.').waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()

      await page.getByRole('button', { name: 'Drain cellar' }).click()
      const drain = page.getByRole('dialog', { name: 'Drain the node cellar?' })
      await drain.getByRole('button', { name: 'Drain' }).dblclick()
      const cellar = page.getByRole('region', { name: 'cellar' })
      await cellar.getByText('offline').waitFor()
      expect(await node.exited()).toBe(0)
    } finally {
      node.killAll()
      await rm(folder, { recursive: true })
    }
    await page.getByRole('button', { name: 'Revoke cellar' }).click()
    const revoke = page.getByRole('dialog', { name: 'Revoke the node cellar?' })
    await revoke.getByRole('button', { name: 'Revoke' }).dblclick()
    await page.getByRole('region', { name: 'cellar' }).waitFor({ state: 'detached' })
    expect(faults).toEqual([])
    await context.close()
  })

  it('tells of each node what waits, its memory, cache hits, jobs and adapters, and of a model its price', async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/account')
    const call = (position: number) => ({ capability: 'chat', position, waited_ms: position * 500 })
    const model = {
      ...{ id: 'large', capabilities: ['chat'], context_length: 8_192, slots: 2, size_bytes: 3 * 1024 ** 3 },
      ...{
        architecture: 'llama',
        sha256: null,
        active: 2,
        queued: 2,
        waited_ms: 1_000,
        queue: [1, 2].map(call),
      },
      ...{ prompt_tokens: 400, cached_prompt_tokens: 100, residence: 'loaded', price_per_1k_tokens: 0.5 },
      adapters: [{ id: 'large:pirate', residence: 'disk', sha256: null }],
    }
    const long = { queued: 6, waited_ms: 3_000, queue: [1, 2, 3, 4, 5, 6].map(call), prompt_tokens: 0 }
    const silent = {
      ...{ id: 'n2', object: 'node', name: 'barn', created: 1, status: 'offline', region: null, since: null },
      ...{ version: null, hardware: null, gauge: null, models: [], jobs: [], allowed_models: null },
    }
    const gauge = { rssMiB: 512, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 12.5 }
    const hardware = { os: 'linux', arch: 'x64', cpu: 'a processor', cores: 2, memoryMiB: 8_192, gpus: [] }
    const busy = {
      ...{ ...silent, id: 'n1', name: 'loft', status: 'online', since: 1, version: '1.0', hardware, gauge },
      ...{ models: [model, { ...model, ...long, id: 'other' }], jobs: [{ id: 'ftjob-1', state: 'running' }] },
    }
    const nodes = [busy, silent]
    const snapshot = `data: ${JSON.stringify({ type: 'snapshot', nodes, history: [] })}\n\n`
    await page.route('**/v1/nodes/events', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: snapshot }),
    )
    await page.getByRole('link', { name: 'Nodes', exact: true }).click()
    const cardOf = async (name: string) => {
      const card = page.getByRole('region', { name, exact: true })
      await card.waitFor()
      return (await card.locator('dd').allTextContents()).join(' | ')
    }
    expect(await cardOf('loft')).toBe('12.5 | 512 MiB of 8.0 GiB | a processor | ftjob-1 (running) | 1.0')
    expect(await cardOf('barn')).toBe('– | – | – | none | –')
    const rowOf = async (name: string) =>
      (await page.getByRole('row').filter({ hasText: name }).getByRole('cell').allTextContents()).join(' | ')
    expect(await rowOf('large')).toBe('2 of 2 | 2, for 500 ms, 1.0 s | 8,192 | 3.0 GiB | 25 % | loaded | 1')
    expect(await rowOf('other')).toContain(
      '6, the next for 500 ms, 1.0 s, 1.5 s, 2.0 s; the longest for 3.0 s',
    )
    expect(await rowOf('other')).toContain('| – | loaded')

    await page.route('**/v1/models', (route) => route.fulfill({ json: { data: [{ id: 'large' }] } }))
    await page.route('**/v1/nodes', (route) => route.fulfill({ json: { object: 'list', data: nodes } }))
    const known = { id: 'large', description: 'A model.', cost_per_1k_tokens: 0.5 }
    await page.route('**/rajora/api/models/list', (route) =>
      route.fulfill({ json: [{ ...known, latency_p50_ms: 250, latency_p99_ms: null }] }),
    )
    await page.getByRole('link', { name: 'Models', exact: true }).click()
    await page.getByRole('columnheader', { name: 'Median answer' }).waitFor()
    const measured = 'A model. | – | – | 250 ms | – | 0.5 | loft: in memory | large:pirate'
    expect(await rowOf('large')).toBe(measured)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is loaded anew once where a part of it is missing after a deploy, and keeps what was written', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/')
    let loads = 0
    page.on('load', () => {
      loads += 1
    })
    await page.getByLabel('Your question').fill('a draft')
    await page.route('**/console/assets/keys-*.js', (route) => route.fulfill({ status: 404 }))
    const again = page.waitForEvent('load')
    await page.getByRole('link', { name: 'Keys', exact: true }).click()
    await again
    // It is missing still: this is no deploy.
    const missing = page.getByRole('alert').getByText('This part of the console could not be loaded.')
    await missing.waitFor()
    await page.getByRole('link', { name: 'Models', exact: true }).click()
    await page.getByRole('heading', { name: 'Models', exact: true, level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Keys', exact: true }).click()
    await missing.waitFor()
    await page.getByRole('link', { name: 'Chat', exact: true }).click()
    expect(await page.getByLabel('Your question').inputValue()).toBe('a draft')
    expect(loads).toBe(1)
    await context.close()
  })

  it.each([
    ['an unknown page', '/console/nonsense', 404, 'text/html; charset=utf-8'],
    ['a thing of a page that has none', '/console/keys/1', 404, 'text/html; charset=utf-8'],
    ['a hashed file of another version', '/console/assets/index-00000000.js', 404, null],
    ['a page', '/console/keys', 200, 'text/html; charset=utf-8'],
    ['an API’s unknown path', '/v1/nonsense', 404, 'application/json'],
    ['one of a contract', '/rajora/nonsense', 404, 'application/json'],
    ['one of the origin', '/nonsense', 404, 'application/json'],
    ['what asks who is there', '/v1/models', 401, 'application/json'],
  ])('answers %s (%s) with %i', async (_name, path, status, type) => {
    const response = await fetch(`${shared.origin}${path}`, { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type])
    // What is no page of ours runs nothing and holds nothing.
    const isPage = type?.startsWith('text/html') === true
    expect(response.headers.get('content-security-policy') === POLICY).toBe(isPage)
  })

  it('lets browsers keep what has a hash in its name, and nothing else', async () => {
    const shell = await fetch(`${shared.origin}/console/`)
    expect(shell.headers.get('cache-control')).toBe('no-cache')
    const [script = ''] = /\/console\/assets\/index-[^"]+\.js/.exec(await shell.text()) ?? []
    const { headers } = await fetch(`${shared.origin}${script}`)
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(headers.get('x-request-id')).toBeNull()
  })
})

it.skipIf(hasChromium)('is not looked at in a browser: Debian’s chromium is not here', () => {
  expect(hasChromium).toBe(false)
})
