import { describe, expect, it } from 'vitest'
import { findingsOn, hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, sharedConsole } from '../support/console.ts'

describe.skipIf(!hasChromium)('the documents of the console', () => {
  const shared = sharedConsole()

  it.each([
    ['an administrator', ADMIN],
    ['a guest', GUEST],
  ])('are uploaded, found and deleted by %s', async (_name, who) => {
    const { page, context, faults } = await shared.signedIn(who, '/console/documents')
    const mark = `lamp${crypto.randomUUID().slice(0, 8)}`
    const name = `${mark}.md`
    const file = (title: string, mimeType: string, text: string) => ({
      name: title,
      mimeType,
      buffer: Buffer.from(text),
    })
    const held = Promise.withResolvers<void>()
    await page.route('**/v1/files', async (route) => {
      await held.promise
      await route.continue()
    })
    await page
      .getByLabel('Upload documents')
      .last()
      .setInputFiles([
        file(
          name,
          'text/markdown',
          `# Night\n\nThe ${mark} burns <img src=x onerror="document.title = 1">.\n`,
        ),
        file('broken.pdf', 'application/pdf', 'text'),
      ])
    const uploads = page.getByRole('list', { name: 'Uploads' })
    await uploads.getByRole('progressbar', { name: `Upload of ${name}` }).waitFor()
    held.resolve()
    await uploads.getByText('was not kept').waitFor()
    const row = page.getByRole('row', { name })
    await row.getByText('ready', { exact: true }).waitFor()

    await page.getByLabel('Search your documents').fill(mark)
    await page.getByRole('button', { name: 'Search' }).click()
    const found = page.getByRole('region', { name: 'Passages found' })
    await found.getByText('found by words (BM25)').waitFor()
    expect(await found.locator('mark').allTextContents()).toContain(mark)
    expect(await found.locator('img').count()).toBe(0)
    expect(await findingsOn(page)).toEqual([])

    await row.getByRole('button', { name: `Delete ${name}` }).click()
    const asked = page.getByRole('dialog', { name: `Delete the document ${name}?` })
    await asked.getByRole('button', { name: 'Delete' }).dblclick()
    await row.waitFor({ state: 'detached' })
    expect(faults).toEqual([])
    await context.close()
  })
})
