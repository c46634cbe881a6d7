import type { Page } from 'playwright-core'
import { buildConsole } from '../../console/build.ts'
import type { Bench, Figure } from '../bench.ts'
import { NULL_MODEL } from '../nodes/null-engine.ts'
import { type NullPool, withNullPool } from '../nodes/null-pool.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import { type OpenConsole, withConsole } from './browser.ts'

const MESSAGES = 1_000
const MESSAGE_LENGTH = 2_000
/** As many as one call takes. */
const AT_ONCE = 20
const OPENINGS = 5
const KEYS = 120
const FEWEST_KEYS = 40
/** As a fast typist holds one. */
const KEY_MS = 50
/** An answer of the null engine takes 20 seconds at this pace. */
const ANSWER_LIMIT_MS = 60_000
const PASTES = 5
const PASTED_LINES = 20_000
const PASTED_LINE = 'A line of a log, as people paste them.'
const PASTED = PASTED_LINES * (PASTED_LINE.length + 1)

export const STEPS_PER_SECOND = 100
/** An answer as models write one: prose, a list, a table and code, of which each piece is drawn as it comes. */
export const WRITTEN = [
  ...'The **first** thing to say is `plain`: a sentence follows, and then a list.\n\n'.split(/(?= )/),
  ...'- one of them\n- another [one](https://example.com)\n\n'.split(/(?= )/),
  ...'| a | b |\n| - | - |\n| 1 | 2 |\n\n```js\nconst answer = 42\nconsole.log(answer)\n```\n\n'.split(
    /(?= )/,
  ),
]

const text = (index: number) =>
  `Message ${index}. ${'Words that stand here. '.repeat(MESSAGE_LENGTH)}`.slice(0, MESSAGE_LENGTH)

/** A talk of many long messages; returns its id. */
async function makeTalk({ edge }: NullPool, signal: AbortSignal): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${edge.apiKey}`, 'content-type': 'application/json' }
    const response = await fetch(`${edge.origin}/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { id: string }
  }
  const { id } = await post('conversations', {})
  for (let made = 0; made < MESSAGES; made += AT_ONCE) {
    const items = Array.from({ length: AT_ONCE }, (_, index) => ({
      type: 'message',
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: text(made + index + 1),
    }))
    await post(`conversations/${id}/items`, { items })
  }
  return id
}

/** Runs in the page from its beginning: notes when the picture has been drawn that shows the last message. */
const NOTE_OPENED = `
new MutationObserver((_, observer) => {
  if (!document.querySelector('.turn:last-child')?.textContent.includes('Message ${MESSAGES}.')) return
  observer.disconnect()
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => console.debug('opened', performance.now())
    port2.postMessage(0)
  })
}).observe(document, { childList: true, subtree: true })`

/** Opens the talk and returns the milliseconds from the navigation until its last message is on the screen. */
async function open(page: Page, address: string): Promise<number> {
  // The page says so itself: looking for it from here would cost it a fifth of what is measured.
  const opened = page.waitForEvent('console', (message) => message.text().startsWith('opened '))
  await page.goto(address)
  return Number((await opened).text().split(' ').at(1))
}

/**
 * Notes for each event of a kind how long the browser took from it to the picture that shows what came of it: an animation
 * frame comes before the picture is drawn, and a message that is posted in it is heard when it has been.
 */
const NOTE_PAINTS = (kind: string) => `
window.paints = []
window.watching?.abort()
window.watching = new AbortController()
document.addEventListener('${kind}', ({ timeStamp }) => {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => window.paints.push(performance.now() - timeStamp)
    port2.postMessage(0)
  })
}, { capture: true, signal: window.watching.signal })`

/** By its value: taking 20,000 lines back as a person would is slow in the browser itself, and is not measured here. */
const EMPTY = `{
  const field = document.getElementById('question')
  field.value = ''
  field.dispatchEvent(new Event('input', { bubbles: true }))
}`

/*
 * By their place in the markup: who looks for a name works it out of every element there is, and a long talk has a hundred thousand.
 * That would stop the page for longer than anything that is measured in it, and its memory would count as the page's.
 */
const question = (page: Page) => page.locator('#question')
export const stopButton = (page: Page) => page.locator('.composer footer button[type="button"]')

export async function askFor(page: Page, words: string): Promise<void> {
  await question(page).fill(words)
  await question(page).press('Enter')
}

async function typing({ page }: OpenConsole): Promise<number[]> {
  await askFor(page, 'Say a lot.')
  const stop = stopButton(page)
  await stop.waitFor()
  await page.locator('.turn:last-child .written').waitFor()
  await page.evaluate(NOTE_PAINTS('keydown'))
  for (let key = 0; key < KEYS && (await stop.isVisible()); key += 1)
    await question(page).press('x', { delay: KEY_MS })
  const paints = await page.evaluate<number[]>('paints')
  if (paints.length < FEWEST_KEYS) throw new Error(`Only ${paints.length} keys fitted into an answer.`)
  await stop.waitFor({ state: 'detached', timeout: ANSWER_LIMIT_MS })
  return paints
}

async function pasting({ page, context }: OpenConsole, origin: string): Promise<number[]> {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  const took: number[] = []
  for (let paste = 0; paste < PASTES; paste += 1) {
    await page.evaluate(
      `navigator.clipboard.writeText(${JSON.stringify(`${PASTED_LINE}\n`)}.repeat(${PASTED_LINES}))`,
    )
    await page.evaluate(EMPTY)
    await question(page).focus()
    await page.evaluate(NOTE_PAINTS('keydown'))
    await page.keyboard.press('Control+V')
    // Until the browser has drawn what came of both keys: the page's policy allows no function of ours, which would wait there.
    let paints: number[] = []
    while (paints.length < 2) paints = await page.evaluate<number[]>('paints')
    await page.getByText(`the ${PASTED.toLocaleString('en')} characters`).waitFor()
    took.push(Math.max(...paints))
  }
  return took
}

const figure = (name: string, values: number[], atMost: number): Figure => {
  return { name, value: median(values), spread: spreadOf(values), unit: 'ms', target: { atMost } }
}

/** How a long conversation feels: to open, to type in while an answer comes, to paste into. */
export const consoleTalk: Bench = {
  name: 'console:talk',
  summary: 'a conversation of 1,000 messages in the browser: opening, typing beside a stream, pasting',
  async run(context) {
    await buildConsole()
    const pace = { stepsPerSecond: STEPS_PER_SECOND, texts: WRITTEN }
    return withNullPool(context, pace, async (pool) => {
      context.note(`a talk of ${MESSAGES} messages`)
      const id = await makeTalk(pool, context.signal)
      return withConsole(pool.edge.origin, async (opened) => {
        const { page } = opened
        const address = `${pool.edge.origin}/console/?talk=${id}`
        await page.addInitScript(NOTE_OPENED)
        const openings: number[] = []
        for (let opening = 0; opening < OPENINGS; opening += 1) openings.push(await open(page, address))
        await page.getByLabel('Model', { exact: true }).selectOption(NULL_MODEL.id)
        context.note('typing')
        const keys = await typing(opened)
        context.note('pasting')
        const pastes = await pasting(opened, pool.edge.origin)
        return [
          figure('opening a talk of 1,000 messages', openings, 1_000),
          { name: 'key to paint beside 100 tokens/s, p50', value: percentile(keys, 0.5), unit: 'ms' },
          {
            name: 'key to paint beside 100 tokens/s, p95',
            value: percentile(keys, 0.95),
            unit: 'ms',
            target: { atMost: 100 },
          },
          figure('pasting 20,000 lines', pastes, 300),
        ]
      })
    })
  },
}
