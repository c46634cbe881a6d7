import { describe, expect, it } from 'vitest'
import { findingsOn, hasChromium } from '../support/browser.ts'
import { ADMIN, GUEST, loaded, look, sharedConsole, tokenOf } from '../support/console.ts'

const ROWS = ['red', 'blue', 'green', 'grey'].map((colour, index) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: `Which colour has door ${index}?` },
      { role: 'assistant', content: `It is ${colour}.` },
    ],
  }),
)

describe.skipIf(!hasChromium)('the trainings of the console', () => {
  const shared = sharedConsole()

  it.each([
    ['an administrator', ADMIN, 'light'],
    ['a guest', GUEST, 'dark'],
  ] as const)(
    'go from a file to a model that is talked to, by %s',
    { timeout: 120_000 },
    async (_name, who, colorScheme) => {
      const { page, context, faults } = await shared.signedIn(who, '/console/training', {
        colorScheme,
      })
      await page.getByRole('link', { name: 'New training' }).click()
      const file = {
        name: 'doors.jsonl',
        mimeType: 'application/jsonl',
        buffer: Buffer.from(ROWS.join('\n')),
      }
      await page.getByLabel('Upload rows').last().setInputFiles(file)
      const suffix = `doors-${crypto.randomUUID().slice(0, 6)}`
      await page.getByLabel('The model’s ending').fill(suffix)
      await page.getByText('Length', { exact: true }).click()
      await page.getByLabel('Epochs').fill('101')
      await page.getByRole('button', { name: 'Start the training' }).click()
      await page.getByRole('alert').getByText('config.num_epochs').waitFor()
      await page.getByLabel('Epochs').fill('1')
      await page.reload()
      await page.getByText('Checks', { exact: true }).click()
      await page.getByLabel('Share to measure on').fill('0.5')
      await page.getByLabel('Prompts that checkpoints answer').fill('Which colour has door 1?')
      expect(await findingsOn(page)).toEqual([])
      await page.getByRole('button', { name: 'Start the training' }).click()

      const model = `starter:${suffix}`
      const result = page.getByRole('region', { name: 'The model' })
      await result.getByText('until it is published it is yours alone').waitFor({ timeout: 45_000 })
      await page.getByText('Loss, by step').waitFor()
      await page
        .getByRole('region', { name: 'Checkpoints' })
        .getByText(`${model}.step-2`, { exact: true })
        .waitFor()
      const samples = page.getByRole('region', { name: 'Samples' })
      await samples.getByRole('cell', { name: 'Which colour has door 1?' }).first().waitFor()
      await loaded(page)
      expect(await findingsOn(page)).toEqual([])

      await result.getByRole('link', { name: 'Talk to it' }).click()
      await page.getByRole('heading', { name: 'Chat', level: 1 }).waitFor()
      await expect.poll(() => page.getByLabel('Model', { exact: true }).inputValue()).toBe(model)
      // The next time the chat is loaded already, with the model chosen that it was left with.
      await page.getByLabel('Model', { exact: true }).selectOption('starter')
      await page.goBack()
      await result.getByRole('link', { name: 'Talk to it' }).click()
      await expect.poll(() => page.getByLabel('Model', { exact: true }).inputValue()).toBe(model)
      await page.goBack()
      const other = await tokenOf(shared.origin, who === ADMIN ? GUEST : ADMIN)
      const headers = { authorization: `Bearer ${other}` }
      const me = await fetch(`${shared.origin}/v1/accounts/me`, { headers })
      const { id } = (await me.json()) as { id: string }
      const published = page.getByRole('region', { name: 'Published to' })
      await published.getByLabel('Account id').fill(id)
      await published.getByRole('button', { name: 'Publish' }).dblclick()
      await published.getByRole('rowheader', { name: id }).waitFor()
      const theirs = await fetch(`${shared.origin}/v1/models/${encodeURIComponent(model)}`, { headers })
      expect(theirs.status).toBe(200)
      await result.getByRole('button', { name: 'Delete' }).click()
      const asked = page.getByRole('dialog', { name: `Delete the model ${model}?` })
      await asked.getByRole('button', { name: 'Delete' }).dblclick()
      await result.getByText('It was deleted.').waitFor()
      expect(faults).toEqual([])
      await context.close()
    },
  )

  it('are compared in one plot, and one of them is paused, gone on with and cancelled once', {
    timeout: 120_000,
  }, async () => {
    const { page, context, faults } = await shared.signedIn(GUEST, '/console/models')
    const orders: string[] = []
    let job = {
      ...{ id: 'ftjob-1', object: 'fine_tuning.job', status: 'running', paused: false, model: 'starter' },
      ...{ fine_tuned_model: null, error: null, waits_for: null, settings: null, trained_tokens: null },
      ...{ created_at: 1, finished_at: null, estimated_finish: null, method: { type: 'supervised' } },
      progress: { step: 2, total_steps: 9, percent: 22, loss: 1 },
    }
    // Of our own edge, whose jobs are over before a test has paused them.
    await page.route('**/v1/fine_tuning/jobs**', async (route) => {
      const path = new URL(route.request().url()).pathname
      const [, , , , id, what] = path.split('/')
      if (route.request().method() === 'POST') {
        orders.push(what ?? '')
        const isOver = what === 'cancel'
        job = { ...job, paused: what === 'pause', status: isOver ? 'cancelled' : 'running' }
      }
      const data = [job, { ...job, id: 'ftjob-2' }]
      const series = {
        loss: [
          [1, 2],
          [2, 1],
        ],
        validation_loss: [[2, 1.5]],
      }
      if (what === 'events') await route.fulfill({ contentType: 'text/event-stream', body: ': alive\n\n' })
      else if (what === 'metrics') await route.fulfill({ json: { data: series } })
      else if (id === undefined || what === 'checkpoints')
        await route.fulfill({ json: { data: id === undefined ? data : [], has_more: false } })
      else await route.fulfill({ json: job })
    })
    await page.getByRole('link', { name: 'Training', exact: true }).click()
    await page.getByLabel('Compare starter (tjob-1)').check()
    await page.getByLabel('Compare starter (tjob-2)').check()
    await page.getByRole('region', { name: 'Comparison' }).getByText('Loss, by step').waitFor()
    await expect
      .poll(() =>
        page
          .getByText(/: validation$/)
          .or(page.getByText(/: validation:$/))
          .count(),
      )
      .toBe(2)

    await page.clock.install()
    await page.getByRole('link', { name: 'starter (tjob-1)' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    // Nothing is asked while nobody looks; what came meanwhile is, when somebody does.
    let requests = 0
    page.on('request', () => {
      requests += 1
    })
    const flows = async () => {
      const before = requests
      await page.clock.runFor(20_000)
      return requests > before
    }
    await expect.poll(flows).toBe(true)
    await look(page, 'hidden')
    await expect.poll(flows).toBe(false)
    const caughtUp = page.waitForRequest('**/events?stream=true')
    await look(page, 'visible')
    await caughtUp
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    const asked = page.getByRole('dialog', { name: 'Cancel the training starter (tjob-1)?' })
    await asked.getByRole('button', { name: 'Cancel it' }).dblclick()
    await page.getByText('cancelled', { exact: true }).waitFor()
    expect(orders).toEqual(['pause', 'resume', 'cancel'])
    expect(faults).toEqual([])
    await context.close()
  })
})
