import { existsSync } from 'node:fs'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import { ROOT } from '../../../scripts/root.ts'

/** Debian's; where it is not installed, the tests that need one say so and are skipped. */
export const CHROMIUM = '/usr/bin/chromium'
export const hasChromium = existsSync(CHROMIUM)

export const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']

/** A page and what went wrong on it: broken scripts, refused policies, requests to other origins. */
export interface WatchedPage {
  page: Page
  faults: string[]
}

/** A new page that writes down whatever a page of ours may not do. */
export async function watchedPage(context: BrowserContext, origin: string): Promise<WatchedPage> {
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(`script: ${message}`))
  page.on('console', (message) => {
    // A refused request says so in the console, which is what tests of refusals are about.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url())
    if (asked !== origin && protocol !== 'data:') faults.push(`foreign: ${request.url()}`)
  })
  return { page, faults }
}

/** Keeps a picture of a page, for whoever wants to see what a run has seen. */
export const keepPicture = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: join(ROOT, '.cache', 'screenshots', `${name}.png`) })

/** The serious and critical findings of axe on a page, each with what it is about. */
export async function findingsOn(page: Page): Promise<string[]> {
  // By the debugger and not as a script of the page, whose policy refuses it. A text, as our types know no page.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}
