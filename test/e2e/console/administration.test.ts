import { beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, sharedConsole } from '../support/console.ts'

describe.skipIf(!hasChromium)('what administrators see', () => {
  const shared = sharedConsole()
  beforeAll(async () => {
    // So that there is something to show.
    await shared.edge.json('/v1/chat/completions', {
      model: 'starter',
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  it('is saved as settings, refused in words, and read in the audit log with who and from where', async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/settings')
    const model = `priced-${crypto.randomUUID().slice(0, 8)}`
    const prices = page.getByLabel('Prices of a thousand tokens')
    await prices.fill(`${model}=-1`)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('cost_per_1k_tokens').waitFor()
    await prices.fill(`${model}=0.25`)
    await page.getByRole('group', { name: 'Limits of enterprise' }).getByLabel('Files stored').fill('12345')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The settings are saved.').waitFor()
    await page.reload()
    // A field that is there has what was loaded.
    expect(await prices.inputValue()).toContain(`${model}=0.25`)
    const limit = page.getByRole('group', { name: 'Limits of enterprise' }).getByLabel('Files stored')
    expect(await limit.inputValue()).toBe('12345')

    // What is emptied is not set any more.
    await limit.fill('')
    await prices.fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The settings are saved.').waitFor()

    await page.getByRole('link', { name: 'Audit', exact: true }).click()
    await page.getByLabel('Shown').selectOption({ label: 'Settings' })
    const entry = page.getByRole('row').filter({ hasText: 'settings.update' }).nth(1)
    await entry.getByText('admin', { exact: true }).waitFor()
    await entry.getByText('Show').click()
    await entry.getByText(model).first().waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('is usage by hour, day, model and account, which add up to the same', async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/usage')
    await page.getByLabel('All accounts').check()
    await page.getByText('Tokens by the hour').waitFor()
    const requestsBy = async (ground: string) => {
      await page.getByLabel('By', { exact: true }).selectOption({ label: ground })
      await page.getByRole('columnheader', { name: ground, exact: true }).waitFor()
      const cells = await page.getByRole('row').locator('td:nth-of-type(1)').allTextContents()
      return cells.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0)
    }
    const byDay = await requestsBy('Day')
    expect(byDay).toBeGreaterThan(0)
    for (const ground of ['Hour', 'Model', 'Account']) expect(await requestsBy(ground), ground).toBe(byDay)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is measured of models, with where they lie', async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/models')
    const row = page.getByRole('row').filter({ hasText: 'starter' }).first()
    await row.getByText('attic: in memory').waitFor()
    expect(await row.textContent()).toMatch(/ ms|\d s/)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is for them alone, and a guest sees what is left of the day', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/usage')
    await page.getByText(/of 10,000, all again/).waitFor()
    for (const path of ['settings', 'audit']) {
      await page.goto(`${shared.origin}/console/${path}`)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    }
    await context.close()
  })
})
