import { text } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findingsOn, hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, loaded, sharedConsole } from '../support/console.ts'

/** Answers as a model that understands the question would have them answered: the tests' own asks what it likes. */
const MESSAGE = {
  ...{ _id: 'a'.repeat(24), chat_id: 'b'.repeat(24), role: 'assistant', query_type: 'analytics' },
  content: 'North: 12, South: 30 <img src=x onerror="document.title = 1">',
  charts: { type: 'bar', labels: ['North', '=South'], data: [12, 30] },
  timestamp: '2026-01-01T00:00:00.000Z',
}

async function savedBy(page: Page, click: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()])
  // The browser is another process's: where it has put a file is not told.
  return await text(await download.createReadStream())
}

describe.skipIf(!hasChromium)('the datasets of the console', () => {
  const shared = sharedConsole()

  it.each([
    ['an administrator', ADMIN],
    ['a guest', GUEST],
  ])('are uploaded, looked at, asked, exported and deleted by %s', async (_name, who) => {
    const { page, context, faults } = await shared.signedIn(who, '/console/datasets')
    const name = `sales-${crypto.randomUUID().slice(0, 6)}.csv`
    const file = (title: string, text: string) => ({
      name: title,
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    })
    const rows = 'region,sales\nNorth,12\n<b>South</b>,30\n'
    await page
      .getByLabel('Upload tables')
      .last()
      .setInputFiles([file(name, rows), file('empty.csv', '')])
    await page.getByRole('list', { name: 'Uploads' }).getByText('was not kept').waitFor()
    await page.getByRole('link', { name }).click()
    await page.getByRole('region', { name: 'Preview' }).getByText('<b>South</b>').waitFor()

    // The query itself is held where a model is not by chance: test/e2e/dataset.test.ts.
    await page.route('**/reply', (route) => route.fulfill({ status: 201, json: MESSAGE }))
    await page.getByLabel('Ask about its rows').fill('What is sold where?')
    await page.getByRole('button', { name: 'Ask' }).click()
    const answers = page.getByRole('list', { name: 'Answers' })
    await answers.getByRole('cell', { name: 'North' }).waitFor()
    expect(await answers.locator('img').count()).toBe(0)
    expect(await findingsOn(page)).toEqual([])
    const saved = await savedBy(page, () =>
      answers.getByRole('button', { name: 'Export 2 rows as CSV' }).click(),
    )
    // A spreadsheet runs nothing of it.
    expect(saved).toBe(",Value\r\nNorth,12\r\n'=South,30\r\n")

    await page.getByRole('button', { name: 'Delete' }).click()
    const asked = page.getByRole('dialog', { name: `Delete the dataset ${name}?` })
    await asked.getByRole('button', { name: 'Delete' }).dblclick()
    await page.getByRole('heading', { name: 'Datasets', exact: true, level: 1 }).waitFor()
    await loaded(page)
    expect(await page.getByRole('link', { name }).count()).toBe(0)
    expect(faults).toEqual([])
    await context.close()
  })

  it('are made of the documents that a query finds, which is told where it is wrong, and downloaded', async () => {
    const { edge } = shared
    const word = `quay${crypto.randomUUID().slice(0, 8)}`
    const form = new FormData()
    form.set('purpose', 'user_data')
    form.set('file', new File([`The ${word} is open.`], `${word}.txt`))
    const headers = { authorization: `Bearer ${edge.key}` }
    await fetch(`${edge.url}/v1/files`, { method: 'POST', headers, body: form })
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/datasets')
    await page.getByRole('button', { name: 'Make one' }).click()
    await page.getByLabel('Name').fill(word)
    await page.getByLabel('Documents that match').fill(`${word} AND (`)
    await page.getByRole('button', { name: 'Make the dataset' }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    await page.getByLabel('Documents that match').fill(word)
    await page.getByRole('button', { name: 'Make the dataset' }).click()
    await page.getByRole('button', { name: `Open ${word}` }).click()
    const dialog = page.getByRole('dialog', { name: word })
    const button = dialog.getByRole('button', { name: 'Download jsonl' })
    await button.waitFor()
    expect(await savedBy(page, () => button.click())).toContain(`The ${word} is open.`)
    expect(faults).toEqual([])

    // Whoever may have none of these is shown nothing of them.
    await page.route('**/clara/api/datasets?*', (route) => route.fulfill({ status: 403, json: {} }))
    await Promise.all([page.waitForResponse('**/clara/api/datasets?*'), page.reload()])
    await expect.poll(() => page.getByRole('region', { name: 'Of documents' }).count()).toBe(0)
    expect(await page.getByRole('alert').count()).toBe(0)
    await context.close()
  })
})
