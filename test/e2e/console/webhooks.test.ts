import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findingsOn, hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, loaded, sharedConsole } from '../support/console.ts'

/** Takes messages, and remembers the id of each. */
async function receiver() {
  const ids: unknown[] = []
  const server = createServer((request, response) => {
    ids.push(request.headers['webhook-id'])
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${port}/${crypto.randomUUID()}`, ids }
}

describe.skipIf(!hasChromium)('the webhooks of the console', () => {
  const shared = sharedConsole()

  it.each([
    ['an administrator', ADMIN],
    ['a guest', GUEST],
  ])('are made, tried, told once more and deleted by %s', async (_name, who) => {
    const { server, url, ids } = await receiver()
    const { page, context, faults } = await shared.signedIn(who, '/console/webhooks')
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByLabel('Address').fill('http://192.0.2.1/')
    await page.getByRole('button', { name: 'Make the webhook' }).click()
    await page.locator('small').getByText("Invalid 'url'").waitFor()
    // A reload loses nothing that was typed.
    await page.getByLabel('Address').fill(url)
    await page.getByLabel('Description').fill('<img src=x onerror="document.title = 1">')
    await page.reload()
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByRole('button', { name: 'Make the webhook' }).click()
    const shown = page.getByRole('dialog', { name: 'The secret of the webhook' })
    expect(await shown.locator('pre').textContent()).toMatch(/^whsec_/)
    await shown.getByRole('button', { name: 'Close' }).click()
    await shown.waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain('whsec_')

    await page.getByRole('link', { name: url }).click()
    await page.getByRole('button', { name: 'Send a test' }).click()
    const delivered = page.getByRole('row').getByText('delivered', { exact: true })
    await delivered.waitFor()
    await page.getByRole('button', { name: 'Send again' }).click()
    await expect.poll(() => ids.length).toBe(2)
    expect(ids[0]).toBe(ids[1])
    await page.getByText('<img src=x').waitFor()
    expect(await findingsOn(page)).toEqual([])

    await page.getByRole('button', { name: 'Delete' }).click()
    const asked = page.getByRole('dialog', { name: `Delete the webhook ${url}?` })
    await asked.getByRole('button', { name: 'Delete' }).dblclick()
    await page.getByRole('heading', { name: 'Webhooks', exact: true, level: 1 }).waitFor()
    await loaded(page)
    expect(await page.getByRole('link', { name: url }).count()).toBe(0)
    expect(faults).toEqual([])
    await context.close()
    server.close()
  })
})
