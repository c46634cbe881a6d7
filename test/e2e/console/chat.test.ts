import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launch } from '../support/browser.ts'
import { GUEST, signedIn } from '../support/console.ts'
import { sharedEdge } from '../support/shared-edge.ts'

describe.skipIf(!hasChromium)('the chat of the console', () => {
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    browser = await launch()
    origin = (await sharedEdge()).url
  })
  afterAll(() => browser?.close())

  async function chatting() {
    const opened = await signedIn(browser, origin, GUEST, '/console/')
    await opened.page.getByText('starter', { exact: true }).first().waitFor()
    return opened
  }
  const ask = async (page: Page, question: string) => {
    await page.getByLabel('Your question').fill(question)
    await page.getByLabel('Your question').press('Enter')
  }
  const answers = (page: Page) => page.locator('.turn.assistant .written')

  it('answers a question with its figures, goes on in the same talk, and lists it', async () => {
    const { page, context, faults } = await chatting()
    await ask(page, 'My name is Alice.')
    await page.getByText(/tokens\/s/).waitFor()
    await ask(page, 'What is my name?')
    await answers(page).getByText('Alice').last().waitFor()
    await expect.poll(() => page.getByText(/tokens\/s/).count()).toBe(2)
    await page
      .getByRole('complementary', { name: 'Conversations' })
      .getByRole('button', { name: 'My name is Alice.' })
      .first()
      .waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('opens a talk again after a reload, with the whole text once', async () => {
    const { page, context } = await chatting()
    const question = `Hello ${crypto.randomUUID().slice(0, 8)}`
    await ask(page, question)
    await page.getByText(/tokens\/s/).waitFor()
    const said = await answers(page).first().textContent()
    await page.reload()
    await page
      .getByRole('complementary', { name: 'Conversations' })
      .getByRole('button', { name: question, exact: true })
      .click()
    await expect.poll(() => answers(page).allTextContents()).toEqual([said])
    await context.close()
  })

  it('keeps what is being written over a reload, and sends nothing on Shift and Enter', async () => {
    const { page, context } = await chatting()
    const field = page.getByLabel('Your question')
    await field.fill('a draft')
    await field.press('Shift+Enter')
    await page.reload()
    await field.waitFor()
    expect(await field.inputValue()).toBe('a draft\n')
    expect(await page.locator('.turn').count()).toBe(0)
    await context.close()
  })

  it.each([
    ['a script', '<script>document.title = "taken"</script>', 'script'],
    ['a handler', '<img src=x onerror="document.title = `taken`">', '[onerror]'],
    ['a picture of elsewhere', '![a](https://elsewhere.example/a.png)', 'img'],
    ['a link that runs', '[a](javascript:document.title="taken")', 'a[href^="javascript"]'],
    ['a frame', '<iframe src="https://elsewhere.example"></iframe>', 'iframe'],
  ])('makes nothing but text of %s', async (_name, text, selector) => {
    const { page, context, faults } = await chatting()
    await ask(page, text)
    await page.locator('.turn.user .written').waitFor()
    expect(await page.locator(`.turn ${selector}`).count()).toBe(0)
    expect(await page.title()).toBe('Chat · Switchyard')
    expect(faults).toEqual([])
    await context.close()
  })

  it('stops an answer, and keeps what there is of it', async () => {
    const { page, context } = await chatting()
    await ask(page, 'Hello, how are you?')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page
      .getByText(/Stopped\.|tokens\/s/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await context.close()
  })

  it('deletes a talk by its name', async () => {
    const { page, context } = await chatting()
    const question = `Hello ${crypto.randomUUID().slice(0, 8)}`
    await ask(page, question)
    await page.getByText(/tokens\/s/).waitFor()
    await page.getByRole('button', { name: `Delete ${question}` }).click()
    await page
      .getByRole('dialog', { name: `Delete the conversation ${question}?` })
      .getByRole('button', { name: 'Delete' })
      .click()
    await expect.poll(() => page.getByRole('button', { name: question, exact: true }).count()).toBe(0)
    expect(await page.locator('.turn').count()).toBe(0)
    await context.close()
  })
})
