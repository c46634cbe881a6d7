import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { parseFlags } from '../flags.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { ROOT } from '../root.ts'

const PICTURE = join(ROOT, 'docs', 'console.png')
const CHROMIUM = '/usr/bin/chromium'

/** Few pixels and few colours make a small file. */
const VIEWPORT = { width: 1_120, height: 640 }

const HELP = `Takes the picture of the console that README shows.

Usage: node scripts/console/screenshot.ts --link <the link that npm start printed>
`

async function takePicture(link: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--headless', '--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light', reducedMotion: 'reduce' })
    await page.goto(link)
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    for (const question of ['What is the capital of France?', 'And of Italy?']) {
      await page.getByLabel('Your question').fill(question)
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    }
    await page.getByRole('link', { name: 'Nodes', exact: true }).click()
    await page.getByRole('figure').first().waitFor()
    await mkdir(dirname(PICTURE), { recursive: true })
    await page.screenshot({ path: PICTURE })
  } finally {
    await browser.close()
  }
}

await runScript(async () => {
  const { values } = parseFlags('node scripts/console/screenshot.ts', {
    options: { help: { type: 'boolean', short: 'h' }, link: { type: 'string' } },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!values.link) throw new PlainFailure('--link is missing: npm start prints it.')
  await takePicture(values.link)
  return 0
})
