import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type WatchedPage, watchedPage } from './browser.ts'

/** The documented accounts of a development machine. */
export const ADMIN = { login: 'admin', password: 'administrator' }
export const GUEST = { login: 'guest', password: 'guest_test1' }

export interface OpenConsole extends WatchedPage {
  context: BrowserContext
}

/** A page of the console, as a browser that knows nothing of it yet opens it. */
export async function openConsole(
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

/** The same, by somebody who has signed in. */
export async function signedIn(
  browser: Browser,
  origin: string,
  { login, password }: typeof ADMIN,
  path: string,
  options?: BrowserContextOptions,
): Promise<OpenConsole> {
  const opened = await openConsole(browser, origin, path, options)
  await opened.page.getByLabel('Username or email').fill(login)
  await opened.page.getByLabel('Password').fill(password)
  await opened.page.getByRole('button', { name: 'Sign in' }).click()
  await opened.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return opened
}

/** Waits until nothing of a page is on its way any more: a page may load several lists at once. */
export const loaded = (page: Page): Promise<void> =>
  expect.poll(() => page.getByText('Loading…').count(), { timeout: 30_000 }).toBe(0)
