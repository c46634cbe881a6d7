import { beforeAll, describe, expect, it } from 'vitest'
import { findingsOn, hasChromium } from '../support/browser.ts'
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
    // What was measured is up to ten seconds old, and somebody may have looked before anything was.
    const shown = async () => {
      await page.reload()
      await row.getByText('attic: in memory').waitFor()
      return await row.textContent()
    }
    await expect.poll(shown, { interval: 1_000 }).toMatch(/ ms|\d s/)
    expect(faults).toEqual([])
    await context.close()
  })

  it('is accounts: made, changed and deactivated; each ends its other sessions and changes its password', {
    timeout: 120_000,
  }, async () => {
    const { page, context, faults } = await shared.signedIn(ADMIN, '/console/accounts')
    const person = { login: `ada-${crypto.randomUUID().slice(0, 8)}`, password: 'analytical engine' }
    await page.getByRole('button', { name: 'New account' }).click()
    const making = page.getByRole('dialog', { name: 'A new account' })
    await making.getByLabel('Username').fill('no name')
    await making.getByLabel('Password').fill(person.password)
    await making.getByLabel('viewer').check()
    await making.getByRole('button', { name: 'Make the account' }).click()
    await making.locator('small').getByText('expected 1 to 64 letters').waitFor()
    expect(await findingsOn(page)).toEqual([])
    await making.getByLabel('Username').fill(person.login)
    await making.getByRole('button', { name: 'Make the account' }).dblclick()
    const row = page.getByRole('row').filter({ hasText: person.login })
    await row.getByRole('cell', { name: 'viewer', exact: true }).waitFor()
    await row.getByRole('button', { name: `Change ${person.login}` }).click()
    const changing = page.getByRole('dialog', { name: `Change ${person.login}` })
    await changing.getByLabel('Plan').selectOption('pro')
    await changing.getByLabel('viewer').uncheck()
    await changing.getByRole('button', { name: 'Change it' }).click()
    await row.getByRole('cell', { name: 'pro', exact: true }).waitFor()
    await row.getByRole('cell', { name: 'none', exact: true }).waitFor()

    const theirs = await shared.signedIn(person, '/console/account')
    const signInBy = (password: string) =>
      fetch(`${shared.origin}/v1/session`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Mozilla/5.0 (iPhone) Version/18.6 Safari/604.1',
        },
        body: JSON.stringify({ ...person, password }),
      })
    const other = await signInBy(person.password)
    await theirs.page.reload()
    const sessions = theirs.page.getByRole('table', { name: 'Sessions' }).getByRole('row')
    await sessions.getByText(/^Chrome \d+ on Linux \(this one\)$/).waitFor()
    await theirs.page.getByRole('button', { name: 'End Safari 18 on iPhone' }).click()
    const ending = theirs.page.getByRole('dialog', { name: 'End the session of Safari 18 on iPhone?' })
    await ending.getByRole('button', { name: 'End it' }).dblclick()
    await ending.waitFor({ state: 'detached' })
    await expect.poll(() => sessions.count()).toBe(2)
    const headers = { cookie: other.headers.get('set-cookie') ?? '', origin: shared.origin }
    const renewed = await fetch(`${shared.origin}/v1/session/renew`, { method: 'POST', headers })
    expect(renewed.status).toBe(401)

    await theirs.page.getByLabel('The one you have').fill('another engine')
    await theirs.page.getByLabel('The new one').fill('difference engine')
    await theirs.page.getByRole('button', { name: 'Change it' }).click()
    await theirs.page.getByRole('alert').getByText('password').waitFor()
    await theirs.page.getByLabel('The one you have').fill(person.password)
    await theirs.page.getByRole('button', { name: 'Change it' }).click()
    await theirs.page.getByText('The password is changed.').waitFor()
    expect((await signInBy(person.password)).status).toBe(401)
    expect((await signInBy('difference engine')).status).toBe(201)

    await row.getByRole('button', { name: `Deactivate ${person.login}` }).click()
    const asked = page.getByRole('dialog', { name: `Deactivate ${person.login}?` })
    await asked.getByRole('button', { name: 'Deactivate' }).dblclick()
    await row.getByRole('cell', { name: 'ended', exact: true }).waitFor()
    await theirs.page.reload()
    await theirs.page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect([...faults, ...theirs.faults]).toEqual([])
    await Promise.all([context.close(), theirs.context.close()])
  })

  it('is refused in words: with a count down, which begins anew, of something that stands before the edge, and cut off', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/account')
    const often = {
      ...{ status: 429, headers: { 'retry-after': '30' } },
      json: { error: { message: 'Not so often. <img src=x onerror="document.title = 1">' } },
    }
    const answers = [
      ...[often, often, { status: 503, contentType: 'text/html', body: '<h1>503</h1>' }],
      { contentType: 'application/json', body: '{"object": "list", "data": [' },
    ]
    await page.clock.install()
    await page.route('**/v1/keys', (route) => {
      const answer = answers.shift()
      return answer ? route.fulfill(answer) : route.continue()
    })
    await page.getByRole('link', { name: 'Keys', exact: true }).click()
    const again = page.getByRole('button', { name: 'Try again' })
    for (const _often of ['once', 'twice']) {
      await page.getByRole('alert').getByText('Not so often.').waitFor()
      await page.getByText(/Again in \d+ s\./).waitFor()
      expect(await page.locator('img').count()).toBe(0)
      await page.clock.fastForward(31_000)
      await page.getByText('You can try again now.').first().waitFor()
      await again.click()
    }
    await page.getByRole('alert').getByText('The edge is busy, or being worked on.').waitFor()
    await again.click()
    await page.getByRole('alert').getByText('The answer was cut off.').waitFor()
    await again.click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    // Of an edge that cannot say whether somebody is signed in, that is said, too.
    await page.route('**/v1/session/renew', (route) => route.fulfill({ status: 503, body: '' }))
    await page.reload()
    await page.getByRole('alert').getByText('The edge is busy, or being worked on.').waitFor()
    await page.unroute('**/v1/session/renew')
    await again.click()
    const out = page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Sign out' })
    // Nobody leaves in the belief of having signed out.
    await page.route('**/v1/session', (route) => route.fulfill({ status: 503, body: '' }))
    await out.click()
    await page.getByRole('alert').getByText('The edge is busy, or being worked on.').waitFor()
    await page.unroute('**/v1/session')
    await out.click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await context.close()
  })

  it('is for them alone, and a guest sees what is left of the day, and models without their places', async () => {
    const { page, context } = await shared.signedIn(GUEST, '/console/usage')
    await page.getByText(/of 10,000, all again/).waitFor()
    await page.getByRole('link', { name: 'Models', exact: true }).click()
    await page.getByRole('row').filter({ hasText: 'starter' }).first().waitFor()
    expect(await page.getByRole('columnheader', { name: 'Where' }).count()).toBe(0)
    expect(await page.getByText('attic').count()).toBe(0)
    for (const path of ['settings', 'audit']) {
      await page.goto(`${shared.origin}/console/${path}`)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    }
    await context.close()
  })
})
