import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { DRAWN_AT_MOST } from '../../../worker/console/pages/chat/first-drawn.ts'
import { hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, sharedConsole, tokenOf } from '../support/console.ts'

describe.skipIf(!hasChromium)('the chat of the console', () => {
  const shared = sharedConsole()

  async function chatting(who = GUEST) {
    const opened = await shared.signedIn(who, '/console/')
    await opened.page.getByLabel('Model', { exact: true }).selectOption('starter')
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

  it('keeps what is being written over a reload, and sends nothing on Shift and Enter or while an input method composes', async () => {
    const { page, context } = await chatting()
    const field = page.getByLabel('Your question')
    await field.fill('a draft')
    await field.press('Shift+Enter')
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
    await page.reload()
    await field.waitFor()
    expect(await field.inputValue()).toBe('a draft\n')
    expect(await page.locator('.turn').count()).toBe(0)
    await context.close()
  })

  it('asks differently in a branch, asks again, and leaves the talk before as it was', async () => {
    const { page, context, faults } = await chatting()
    const question = `My name is Bob ${crypto.randomUUID().slice(0, 8)}`
    await ask(page, question)
    await page.getByText(/tokens\/s/).waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('The question, changed').fill('My name is Carol.')
    await page.getByRole('button', { name: 'Ask this instead' }).click()
    await page.locator('.turn.user').getByText('My name is Carol.').waitFor()
    await page.getByText(/tokens\/s/).waitFor()
    expect(await page.locator('.turn').count()).toBe(2)
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    await page.getByText(/tokens\/s/).waitFor()
    expect(await page.locator('.turn').count()).toBe(2)
    const talks = page.getByRole('complementary', { name: 'Conversations' })
    await talks.getByRole('button', { name: 'My name is Carol.', exact: true }).waitFor()
    await talks.getByRole('button', { name: question, exact: true }).click()
    await page.locator('.turn.user').getByText(question).waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('renames a talk, finds it by its title, whatever that holds, and gives it as a file', async () => {
    const { page, context, faults } = await chatting()
    const question = `Hello ${crypto.randomUUID().slice(0, 8)}`
    await ask(page, question)
    await page.getByText(/tokens\/s/).waitFor()
    await page.getByRole('button', { name: `More for ${question}` }).click()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Title').fill(`${question} renamed`)
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('button', { name: `More for ${question} renamed` }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export as Markdown' }).click()
    expect((await download).suggestedFilename()).toBe(`${question} renamed.md`)
    const hostile = `${question} <img src=x onerror="document.title = 1">`
    await page.getByRole('button', { name: `More for ${question} renamed` }).click()
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    await page.getByLabel('Title').fill(hostile)
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    // What is typed while it stands there goes into it.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByLabel('Search conversations').fill(question.slice(-8))
    const talks = page.getByRole('complementary', { name: 'Conversations' })
    await expect.poll(() => talks.locator('bdi').allTextContents()).toEqual([hostile])
    expect([await page.locator('img').count(), await page.title()]).toEqual([0, 'Chat · Switchyard'])
    expect(faults).toEqual([])
    await context.close()
  })

  it('has an agent answer in steps, which are there to open', async () => {
    // An administrator's questions are not counted by the minute.
    const { page, context, faults } = await chatting(ADMIN)
    await page.getByText('Options', { exact: true }).click()
    await page.getByLabel('Documents').selectOption('All of mine')
    await page.getByLabel('Agent').selectOption('Step by step')
    // It searches by itself.
    expect(await page.getByLabel('Documents').inputValue()).toBe('')
    await page.getByText('Options', { exact: true }).click()
    await ask(page, 'What time is it in Seoul?')
    await page.getByText('1 step', { exact: true }).click()
    await page.locator('.way').getByText('current_time').waitFor()
    await page.locator('.way pre').getByText('Asia/Seoul').first().waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows the end of a long talk, and what was before as its reader scrolls up, who stays where they were', async () => {
    const { page, context } = await chatting()
    const token = await tokenOf(shared.origin, GUEST)
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(`${shared.origin}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(200)
      return (await response.json()) as { id: string }
    }
    const { id } = await post('/v1/conversations', {})
    for (let from = 1; from <= 80; from += 20) {
      const items = Array.from({ length: 20 }, (_, at) => ({
        ...{ type: 'message', role: at % 2 === 0 ? 'user' : 'assistant', content: `line ${from + at}.` },
      }))
      await post(`/v1/conversations/${id}/items`, { items })
    }
    await page.goto(`${shared.origin}/console/?talk=${id}`)
    await page.getByText('line 80.').waitFor()
    // Its end is drawn first; what stands before that follows, and whoever follows the talk is at its end still.
    await expect.poll(() => page.locator('.turn').count()).toBe(50)
    expect(await page.getByRole('button', { name: 'To the end' }).count()).toBe(0)
    // In one go, so that it is not scrolled again once the earlier ones are there.
    const scrolled = `(() => {
      const count = document.querySelectorAll('.turn').length
      if (count === 50) document.querySelector('.turns').scrollTop = 0
      return count
    })()`
    await expect.poll(() => page.evaluate<number>(scrolled)).toBe(80)
    await page.getByText('line 1.', { exact: true }).waitFor()
    // They stand above what was being read, and have not taken its place.
    expect(await page.evaluate<number>("document.querySelector('.turns').scrollTop")).toBeGreaterThan(0)
    // Who follows the end of what grows has so much above it; the rest is there again for whoever goes up.
    await page.getByRole('button', { name: 'To the end' }).click()
    await ask(page, 'And then?')
    await expect.poll(() => page.locator('.turn').count()).toBe(DRAWN_AT_MOST)
    await page.getByText(/tokens\/s/).waitFor()
    await page.getByText('line 80.').hover()
    await page.mouse.wheel(0, -100_000)
    await expect.poll(() => page.locator('.turn').count()).toBe(82)
    await context.close()
  })

  it('does its main job by the keyboard alone', async () => {
    const { page, context, faults } = await shared.open('/console/')
    const { keyboard } = page
    const tabTo = async (wanted: Locator) => {
      await wanted.waitFor()
      const isThere = async () => (await wanted.and(page.locator(':focus')).count()) === 1
      for (let stops = 0; stops < 200 && !(await isThere()); stops += 1) await keyboard.press('Tab')
      expect(await isThere()).toBe(true)
      // Of the question's field, all of what is around it shows the focus.
      const isSeen = `(() => {
        const styleOf = (element) => getComputedStyle(element)
        const field = document.activeElement.closest('.composer')
        const { outlineStyle } = styleOf(document.activeElement)
        return outlineStyle === 'solid' || (field !== null && styleOf(field).boxShadow !== 'none')
      })()`
      expect(await page.evaluate<boolean>(isSeen)).toBe(true)
    }
    const press = async (name: string) => {
      await tabTo(page.getByRole('button', { name, exact: true }).last())
      await keyboard.press('Enter')
    }
    await tabTo(page.getByLabel('Username or email'))
    await keyboard.type(ADMIN.login)
    await tabTo(page.getByLabel('Password'))
    await keyboard.type(ADMIN.password)
    await keyboard.press('Enter')
    await tabTo(page.getByLabel('Model', { exact: true }))
    await keyboard.type('starter')
    await tabTo(page.getByLabel('Your question'))
    const question = `Hello ${crypto.randomUUID().slice(0, 8)}`
    await keyboard.type(question)
    await keyboard.press('Enter')
    await page.getByText(/tokens\/s/).waitFor()
    await press('Edit')
    await tabTo(page.getByLabel('The question, changed'))
    await keyboard.press('End')
    await keyboard.type(' again')
    await press('Ask this instead')
    await page.locator('.turn.user').getByText(`${question} again`).waitFor()
    await page.getByText(/tokens\/s/).waitFor()
    await press(`More for ${question} again`)
    await press('Delete')
    const asked = page.getByRole('dialog', { name: `Delete the conversation ${question} again?` })
    await asked.waitFor()
    await tabTo(asked.getByRole('button', { name: 'Delete' }))
    await keyboard.press('Enter')
    await asked.waitFor({ state: 'detached' })
    expect(faults).toEqual([])
    await context.close()
  })

  it('takes a long paste by a mark that is undone, kept, written out and sent as the text that it stands for', async () => {
    const { page, context, faults } = await chatting()
    const field = page.getByLabel('Your question')
    await field.fill('にほ')
    await page.evaluate(`{
      const field = document.getElementById('question')
      field.setSelectionRange(1, 1)
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'word '.repeat(20_000))
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }`)
    const marked = 'に[Pasted text 1: 100,000 characters]ほ'
    expect(await field.inputValue()).toBe(marked)
    await field.press('Control+z')
    expect(await field.inputValue()).toBe('にほ')
    await field.press('Control+Shift+z')
    expect(await field.inputValue()).toBe(marked)
    await page.reload()
    await page.getByRole('list', { name: 'Pasted texts' }).waitFor()
    expect(await field.inputValue()).toBe(marked)

    await page.getByRole('button', { name: 'Write out [Pasted text 1: 100,000 characters]' }).click()
    const pasted = `に${'word '.repeat(20_000)}ほ`
    expect(await field.inputValue()).toBe(pasted)
    expect(await page.getByRole('list', { name: 'Pasted texts' }).count()).toBe(0)
    await field.press('x')
    expect(await field.inputValue()).toBe(`${pasted.slice(0, -1)}xほ`)
    // The letter is the browser's to take back, the text is ours.
    await field.press('Control+z')
    expect(await field.inputValue()).toBe(pasted)
    await field.press('Control+z')
    expect(await field.inputValue()).toBe(marked)
    await field.press('Control+Shift+z')
    expect(await field.inputValue()).toBe(pasted)
    await field.press('Control+z')

    await page.getByLabel('Model', { exact: true }).selectOption('starter')
    await field.press('Enter')
    const question = page.locator('.turn.user .written')
    expect(await question.textContent()).toMatch(/^に(?:word )+/)
    expect(await field.inputValue()).toBe('')
    expect(faults).toEqual([])
    await context.close()
  })

  it('deletes a talk by its name', async () => {
    const { page, context } = await chatting()
    const question = `Hello ${crypto.randomUUID().slice(0, 8)}`
    await ask(page, question)
    await page.getByText(/tokens\/s/).waitFor()
    await page.getByRole('button', { name: `More for ${question}` }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page
      .getByRole('dialog', { name: `Delete the conversation ${question}?` })
      .getByRole('button', { name: 'Delete' })
      .click()
    await expect.poll(() => page.getByRole('button', { name: question, exact: true }).count()).toBe(0)
    await expect.poll(() => page.locator('.turn').count()).toBe(0)
    await context.close()
  })
})
