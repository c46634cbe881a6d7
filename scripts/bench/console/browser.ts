import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { BenchSkip } from '../bench.ts'

const CHROMIUM = '/usr/bin/chromium'
const VIEWPORT = { width: 1_200, height: 800 }

/** A window of the console whose person is the development machine's administrator. */
export interface OpenConsole {
  browser: Browser
  context: BrowserContext
  page: Page
}

/** Opens the console, signs in, and closes the browser after `measure`. */
export async function withConsole<Result>(
  origin: string,
  measure: (opened: OpenConsole) => Promise<Result>,
): Promise<Result> {
  if (!existsSync(CHROMIUM)) throw new BenchSkip(`There is no ${CHROMIUM}.`)
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const context = await browser.newContext({ viewport: VIEWPORT })
    const page = await context.newPage()
    await page.goto(`${origin}/console/`)
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password').fill('administrator')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    return await measure({ browser, context, page })
  } finally {
    await browser.close()
  }
}
