import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { type WatchedPage, watchedPage } from './browser.ts'
import type { EdgeClient } from './edge-client.ts'
import { addressOf, sharedEdge } from './shared-edge.ts'

/** The documented accounts of a development machine. */
export const ADMIN = { login: 'admin', password: 'administrator' }
export const GUEST = { login: 'guest', password: 'guest_test1' }

/** An access token of an account, for what a test prepares beside the page. */
export async function tokenOf(origin: string, who: typeof ADMIN): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${origin}/v1/auth/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify(who),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** The cookies by which each of them was signed in at an edge before. */
const remembered = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>()

export interface OpenConsole extends WatchedPage {
  context: BrowserContext
}

/** A page of the console, as a browser that knows nothing of it yet opens it. */
async function openConsole(
  browser: Browser,
  origin: string,
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenConsole> {
  const context = await browser.newContext({ viewport: { width: 1_200, height: 800 }, ...options })
  const watched = await watchedPage(context, origin)
  await watched.page.goto(`${origin}${path}`)
  return { ...watched, context }
}

/** The same, by somebody who has signed in: by the form the first time, later by the cookie of that time. */
async function signedIn(
  browser: Browser,
  origin: string,
  { login, password }: typeof ADMIN,
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenConsole> {
  const who = `${login} at ${origin}`
  const cookies = remembered.get(who) ?? []
  const opened = await openConsole(browser, origin, path, {
    storageState: { cookies, origins: [] },
    ...options,
  })
  const { page, context } = opened
  const pages = page.getByRole('navigation', { name: 'Pages' })
  const field = page.getByLabel('Username or email')
  await pages.or(field).first().waitFor()
  if (await field.isVisible()) {
    await field.fill(login)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await pages.waitFor()
    remembered.set(who, await context.cookies(`${origin}/v1/session`))
  }
  return opened
}

/** The browser of `shared-browser.ts`; closing it closes what its caller has opened. */
export const sharedBrowser = async (): Promise<Browser> =>
  await chromium.connect(await addressOf('sharedBrowser'))

/** The console of the shared edge in the shared browser, for the tests of the suite that this is called in. */
export function sharedConsole() {
  let browser: Browser
  let edge: EdgeClient
  beforeAll(async () => {
    browser = await sharedBrowser()
    edge = await sharedEdge()
  })
  afterAll(() => browser?.close())
  return {
    get edge() {
      return edge
    },
    get origin() {
      return edge.url
    },
    open: (path: string, options?: BrowserContextOptions) => openConsole(browser, edge.url, path, options),
    signedIn: (who: typeof ADMIN, path: string, options?: BrowserContextOptions) =>
      signedIn(browser, edge.url, who, path, options),
  }
}

/** Tells a page that somebody looks at it, or at another tab: a browser without a screen shows all of them. */
export const look = (page: Page, state: 'visible' | 'hidden'): Promise<void> =>
  page.evaluate(`{
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }`)

/** Waits until nothing of a page is on its way any more: a page may load several lists at once. */
export const loaded = (page: Page): Promise<void> =>
  expect.poll(() => page.getByText('Loading…').count(), { timeout: 30_000 }).toBe(0)
