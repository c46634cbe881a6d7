import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { CHROMIUM, FLAGS } from './browser.ts'
import { onDemand, type Shared } from './on-demand.ts'

async function start(): Promise<Shared> {
  const server = await chromium.launchServer({ executablePath: CHROMIUM, args: FLAGS, host: '127.0.0.1' })
  return { url: server.wsEndpoint(), close: () => server.close() }
}

/** One browser for all files; each page of theirs is in a context of its own. */
export const setup = (project: TestProject): Promise<() => Promise<void>> =>
  onDemand(project, 'sharedBrowser', start)
