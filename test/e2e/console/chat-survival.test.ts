import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, look, sharedConsole, tokenOf } from '../support/console.ts'
import { ScriptedNode } from '../support/scripted-node.ts'

const TEXT = 'The whole text, word by word, and once.'

/** The line below an answer that is over. */
const FIGURES = /tokens · first after/

describe.skipIf(!hasChromium)('an answer in the console’s chat', () => {
  const model = `scripted-${crypto.randomUUID().slice(0, 8)}`
  const shared = sharedConsole()
  let node: ScriptedNode
  beforeAll(async () => {
    node = await ScriptedNode.join(shared.edge, model, model)
  })
  afterAll(() => node?.kill())

  // An administrator's questions are not counted by the minute.
  async function chatting(who = ADMIN) {
    const opened = await shared.signedIn(who, '/console/')
    await opened.page.getByLabel('Model', { exact: true }).selectOption(model)
    return opened
  }
  const ask = async (page: Page, question = 'Hello?') => {
    await page.getByLabel('Your question').fill(question)
    await page.getByLabel('Your question').press('Enter')
  }
  const shown = (page: Page) => page.locator('.turn.assistant .written')
  const textsOf = async (page: Page) => (await shown(page).allTextContents()).map((text) => text.trim())
  const isWhole = (page: Page) => expect.poll(() => textsOf(page)).toEqual([TEXT])

  it('is there whole and once after a reload in the middle of it', async () => {
    const { page, context, faults } = await chatting(GUEST)
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT.slice(0, 15))
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    // An answer that nobody hears is stopped after ten seconds; on a busy machine a reload may take longer.
    const listener = await context.newPage()
    await listener.goto(page.url())
    await shown(listener).getByText(TEXT.slice(0, 15)).waitFor()
    await page.bringToFront()
    await page.reload()
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    node.say(start, TEXT.slice(15))
    node.end(start)
    await page.getByText(FIGURES).waitFor()
    await isWhole(page)
    expect(await page.locator('.turn.user').count()).toBe(1)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is there whole and once in two tabs, of which one was not looked at', async () => {
    const { page, context, faults } = await chatting()
    const heard: string[] = []
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => heard.push(String(payload)))
    })
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT.slice(0, 15))
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    const other = await context.newPage()
    await other.goto(page.url())
    await shown(other).getByText(TEXT.slice(0, 15)).waitFor()
    await other.bringToFront()
    node.say(start, TEXT.slice(15))
    node.end(start)
    await other.getByText(FIGURES).waitFor()
    await isWhole(other)
    await page.bringToFront()
    await isWhole(page)
    // What is asked in one is heard in the other, which fetches what it lacks once and not for every piece.
    const held: Route[] = []
    let isHeld = true
    await page.route('**/v1/conversations/*/messages*', (route) => {
      held.push(route)
      if (!isHeld) void route.continue()
    })
    heard.length = 0
    await ask(other, 'And then?')
    const next = await node.asked()
    const pieces = ['T', 'h', 'e', 'n', '.']
    for (const [index, piece] of pieces.entries()) {
      node.say(next, piece)
      const said = pieces.slice(0, index + 1).join('')
      await expect.poll(async () => (await textsOf(other)).at(-1)).toBe(said)
    }
    await expect.poll(() => heard.filter((frame) => frame.includes('"delta"')).length).toBe(pieces.length)
    expect(held.length).toBe(1)
    isHeld = false
    await held[0]?.continue()
    node.end(next)
    await shown(page).getByText('Then.').waitFor()
    await page.locator('.turn.user').getByText('And then?').waitFor()
    await expect.poll(() => page.locator('.turn').count()).toBe(4)
    expect(faults).toEqual([])
    await context.close()
  })

  it('goes on on another node when its own is killed, and says so; administrators read where', async () => {
    const { page, context, faults } = await chatting()
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT.slice(0, 15))
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    const other = await ScriptedNode.join(shared.edge, `${model}-other`, model)
    node.kill()
    node = other
    const again = await other.asked()
    other.say(again, TEXT.slice(15))
    await page.getByText(`Moved to another node: ${model}-other`).waitFor()
    other.end(again)
    await page.getByText(FIGURES).waitFor()
    await isWhole(page)
    await page.reload()
    await page.getByText('Moved to another node').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('stops where it is told to, and what there is of it stays', async () => {
    const { page, context, faults } = await chatting()
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT.slice(0, 15))
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped.', { exact: true }).waitFor()
    expect(await textsOf(page)).toEqual([TEXT.slice(0, 15).trim()])
    expect(faults).toEqual([])
    await context.close()
  })

  it('stands beside that of another model, each with its own figures', async () => {
    const { page, context, faults } = await chatting()
    await page.getByRole('button', { name: 'Compare two' }).click()
    await page.getByLabel('The other model').selectOption('starter')
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT)
    node.end(start)
    await expect.poll(() => page.getByText(FIGURES).count()).toBe(2)
    expect(await page.locator('.pane .turn.assistant h2').allTextContents()).toEqual([model, 'starter'])
    expect((await textsOf(page))[0]).toBe(TEXT)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is made as the options say, told once to those who hear the page, and copied', async () => {
    const { page, context, faults } = await chatting()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shared.origin })
    await page.getByText('Options', { exact: true }).click()
    await page.getByLabel('Instructions').fill('Be brief.')
    await page.getByLabel(/^Temperature/).fill('0.3')
    await page.getByLabel(/^Top P/).fill('0.9')
    await page.getByLabel('Most tokens').fill('77')
    await page.getByText('Options', { exact: true }).click()
    await page.evaluate(`{
      globalThis.spoken = []
      const live = document.querySelector('[aria-live]')
      const look = () => spoken.push(live.textContent)
      new MutationObserver(look).observe(live, { childList: true, characterData: true, subtree: true })
    }`)
    await ask(page)
    const start = await node.asked()
    expect(start.request.prompt).toMatchObject({ messages: [{ role: 'system', content: 'Be brief.' }, {}] })
    expect(start.request.sampling).toMatchObject({ temperature: 0.3, topP: 0.9 })
    expect(start.request.maxTokens).toBe(77)
    for (const [index, word] of TEXT.split(' ').entries()) node.say(start, index === 0 ? word : ` ${word}`)
    node.end(start)
    await page.getByText(FIGURES).waitFor()
    expect(await page.evaluate('spoken')).toEqual(['The answer is there.'])
    await page.locator('.turn.assistant').getByRole('button', { name: 'Copy' }).click()
    await page.locator('.turn.assistant').getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(TEXT)
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows the places of the documents that it names, to open', async () => {
    const { page, context, faults } = await chatting()
    const words = `Rent ${crypto.randomUUID().slice(0, 8)} is due on the first day.`
    const upload = new FormData()
    upload.set('purpose', 'user_data')
    upload.set('file', new File([words], 'lease.txt'))
    const headers = { authorization: `Bearer ${await tokenOf(shared.origin, ADMIN)}` }
    const kept = await fetch(`${shared.origin}/v1/files`, { method: 'POST', headers, body: upload })
    expect(kept.status).toBe(200)
    await page.getByText('Options', { exact: true }).click()
    await page.getByLabel('Documents').selectOption('All of mine')
    await page.getByText('Options', { exact: true }).click()
    await ask(page, `When is ${words.slice(0, 13)} due?`)
    const start = await node.asked()
    node.say(start, 'On the first day [1].')
    node.end(start)
    await page.getByText('1 source', { exact: true }).click()
    await page.locator('.way blockquote').getByText(words).waitFor()
    await page.locator('.way').getByText('lease.txt').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('says that the connection is lost, mends it, and misses nothing', async () => {
    const { page, context } = await chatting()
    const sockets: { close(): Promise<void> }[] = []
    let isDown = false
    await page.routeWebSocket(/chat\/socket/, (socket) => {
      if (isDown) return void socket.close()
      socket.connectToServer()
      sockets.push(socket)
    })
    await ask(page)
    const start = await node.asked()
    node.say(start, TEXT.slice(0, 15))
    await shown(page).getByText(TEXT.slice(0, 15)).waitFor()
    isDown = true
    await Promise.all(sockets.map((socket) => socket.close()))
    await page.getByText('The connection is lost.').waitFor()
    node.say(start, TEXT.slice(15))
    node.end(start)
    isDown = false
    await isWhole(page)
    await page.getByText('The connection is lost.').waitFor({ state: 'detached' })
    // What is asked meanwhile waits for it.
    isDown = true
    await Promise.all(sockets.map((socket) => socket.close()))
    await page.getByText('The connection is lost.').waitFor()
    await ask(page, 'And now?')
    isDown = false
    const next = await node.asked()
    node.say(next, 'Still here.')
    node.end(next)
    await expect.poll(() => textsOf(page)).toEqual([TEXT, 'Still here.'])
    expect(await page.locator('.turn.user').allTextContents()).toHaveLength(2)
    expect(await page.getByText('was lost before').count()).toBe(0)
    await context.close()
  })

  it('asks a quiet line nothing while nobody looks, and gives up one that does not answer', async () => {
    const { page, context } = await chatting()
    const frozen = new Set<object>()
    const sockets: object[] = []
    let pings = 0
    await page.routeWebSocket(/chat\/socket/, (socket) => {
      const edge = socket.connectToServer()
      sockets.push(socket)
      socket.onMessage((message) => {
        if (message === 'ping') pings += 1
        if (!frozen.has(socket)) edge.send(message)
      })
    })
    await page.clock.install()
    await page.reload()
    const answered = async (question: string) => {
      await ask(page, question)
      const start = await node.asked()
      node.say(start, TEXT)
      node.end(start)
      await page.getByRole('button', { name: 'Send' }).waitFor()
    }
    await page.getByLabel('Model', { exact: true }).selectOption(model)
    await answered('Hello?')
    await isWhole(page)
    await look(page, 'hidden')
    // A machine that took long until here has had it asked before.
    pings = 0
    await page.clock.runFor(60_000)
    expect(pings).toBe(0)
    await look(page, 'visible')
    await expect.poll(() => pings).toBe(1)
    for (const socket of sockets) frozen.add(socket)
    await page.clock.runFor(60_000)
    await expect.poll(() => sockets.length).toBe(2)
    await answered('And then?')
    await expect.poll(() => textsOf(page)).toEqual([TEXT, TEXT])
    await context.close()
  })

  it('waits for somebody whose session is over: a dialog asks, and nothing typed is lost', async () => {
    const { page, context } = await chatting(GUEST)
    const field = page.getByLabel('Your question')
    await field.fill('typed before it ended')
    await context.clearCookies()
    // As when the token has ended: the edge refuses it, and the session renews no other.
    await page.clock.setFixedTime(Date.now() + 60 * 60 * 1_000)
    await field.press('Enter')
    const again = page.getByRole('dialog', { name: 'Your session is over' })
    await again.waitFor()
    await page.clock.setFixedTime(Date.now())
    await again.getByLabel('Username or email').fill(GUEST.login)
    await again.getByLabel('Password').fill(GUEST.password)
    await again.getByRole('button', { name: 'Sign in' }).click()
    const start = await node.asked()
    expect(JSON.stringify(start.request.prompt)).toContain('typed before it ended')
    node.say(start, TEXT)
    node.end(start)
    await isWhole(page)
    await context.close()
  })

  it('moves while it waits, where motion is not reduced; follows its end until its reader scrolls up, and again by a button', async () => {
    const { page, context } = await chatting()
    await ask(page)
    await page.getByText('Waiting for the first word…').waitFor()
    const moving = () => page.evaluate<number>('document.getAnimations().length')
    // What a button's colour does beside it is over soon.
    await expect.poll(moving).toBe(1)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await expect.poll(moving).toBe(0)
    const start = await node.asked()
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `line ${from + index}\n\n`).join('')
    node.say(start, lines(0, 60))
    await page.getByText('line 59').waitFor()
    const box = page.locator('.turns')
    const fromEnd = () =>
      page.evaluate<number>(
        '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector(".turns"))',
      )
    await expect.poll(fromEnd).toBeLessThan(5)
    await box.hover()
    await page.mouse.wheel(0, -400)
    const end = page.getByRole('button', { name: 'To the end' })
    await end.waitFor()
    node.say(start, lines(60, 70))
    await page.getByText('line 69').waitFor({ state: 'attached' })
    expect(await fromEnd()).toBeGreaterThan(300)
    await end.click()
    await expect.poll(fromEnd).toBeLessThan(5)
    node.end(start)
    await context.close()
  })

  it.each([
    ['money', 'It costs $5, then $6.', 'p:has-text("$5, then $6")'],
    ['a formula', 'So \\(x^2\\) it is.', 'math msup'],
    ['a formula of its own', '$$\n\\frac{a}{b}\n$$', 'p.formula math mfrac'],
    ['code in colours', '```js\nconst a = 1\n```\n\nSo.', '.code .hljs-keyword'],
    ['code that is not closed', '```js\nconst a = 1', '.code:has-text("const a = 1")'],
    ['a script', '<script>document.title = "taken"</script>', '.block:has-text("<script>")'],
    [
      'a picture of elsewhere',
      '![a](https://elsewhere.example/a.png)',
      'a[href="https://elsewhere.example/a.png"]',
    ],
    ['a link that runs', '[a](javascript:document.title="taken")', 'p:has-text("a")'],
    ['a TeX that links', '\\(\\href{javascript:alert(1)}{a}\\)', 'p'],
    ['signs that turn the text', 'user \u202e txt.exe', 'p:text-is("user  txt.exe")'],
  ])('shows %s as what it is', async (_name, text, selector) => {
    const { page, context, faults } = await chatting()
    await ask(page)
    const start = await node.asked()
    node.say(start, text)
    await shown(page).locator(selector).first().waitFor()
    node.end(start)
    await page.getByText(FIGURES).waitFor()
    await shown(page).locator(selector).first().waitFor()
    expect(await shown(page).locator('script, img, iframe, [style], a[href^="javascript"]').count()).toBe(0)
    expect(await page.title()).toBe('Chat · Switchyard')
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows a line of 2 MB a portion at a time', async () => {
    const { page, context, faults } = await chatting()
    const message = {
      ...{ id: 'msg_1', object: 'conversation.message', role: 'assistant', position: 2, model: 'starter' },
      ...{ content: 'x'.repeat(2 * 1024 * 1024), state: 'complete', reason: null, created_at: 0, moves: 0 },
      ...{ usage: null, first_ms: null, total_ms: null, tokens_per_second: null, agent: null },
      ...{ citations: [], sources: [] },
    }
    // No model says as much: the page is told that one has.
    await page.route('**/v1/conversations/*/messages*', (route) =>
      route.fulfill({ json: { object: 'list', data: [message], has_more: false, instructions: null } }),
    )
    await page.routeWebSocket(/chat\/socket/, () => {})
    await page.goto(`${shared.origin}/console/?talk=conv_${'0'.repeat(24)}`)
    await shown(page).getByRole('button', { name: 'Show more (2,077,152 characters are left)' }).click()
    expect((await shown(page).locator('pre').textContent())?.length).toBe(40_000)
    expect(faults).toEqual([])
    await context.close()
  })
})
