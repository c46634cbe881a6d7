import { describe, expect, it } from 'vitest'
import { chatSampling } from '../../../../worker/services/conversations/answering.ts'
import {
  DEFAULT_TEMPERATURE,
  type NewQuestion,
  questionIn,
} from '../../../../worker/services/conversations/question.ts'

const conversation = { id: 'c', number: 7, accountId: 'ada' }
const ada = { isAdministrator: false }
const turns = [{ role: 'user', content: 'Hello?' }]
const options = { model: 'm' }

const temperatureOf = (asked: Partial<NewQuestion>) =>
  questionIn(conversation, ada, { turns, options, ...asked }).options.sampling.temperature

describe('a question', () => {
  it('is its conversation’s, and carries what its door has decoded', () => {
    const asked = { turns, grounding: ['Ada is 21.'], queryType: 'general', cacheKey: 'k', requestId: 'r' }
    expect(questionIn(conversation, ada, { ...asked, options, isResumable: true })).toEqual({
      ...asked,
      conversationId: 'c',
      conversationNumber: 7,
      accountId: 'ada',
      isAdministrator: false,
      isResumable: true,
      options: { model: 'm', sampling: chatSampling(DEFAULT_TEMPERATURE, expect.any(Number)) },
    })
  })

  it('has an id of its own where it came in no request, and its reader does not come back unless told so', () => {
    const [one, other] = [
      questionIn(conversation, ada, { turns, options }),
      questionIn(conversation, ada, { turns, options }),
    ]
    expect(one.requestId).not.toBe(other.requestId)
    expect(one.isResumable).toBe(false)
  })

  it('is answered at the temperature that was named, 0 too, and otherwise at the default', () => {
    expect(temperatureOf({ options: { ...options, temperature: 0 } })).toBe(0)
    expect(temperatureOf({ options: { ...options, temperature: null } })).toBe(DEFAULT_TEMPERATURE)
  })

  it('of rows is answered by the likeliest query, unless a temperature was named', () => {
    const dataset = { id: 'd' }
    expect(temperatureOf({ dataset })).toBe(0)
    expect(temperatureOf({ dataset, options: { ...options, temperature: 1 } })).toBe(1)
  })

  it.each([undefined, null])('has no length where it was left open as %s', (maxTokens) => {
    const asked = questionIn(conversation, ada, { turns, options: { ...options, maxTokens } })
    expect(asked.options).not.toHaveProperty('maxTokens')
  })

  it('keeps a length, and options of a contract that offers more as they are', () => {
    expect(
      questionIn(conversation, ada, { turns, options: { ...options, maxTokens: 1 } }).options.maxTokens,
    ).toBe(1)
    const whole = { ...options, sampling: chatSampling(0.1, 3), stop: ['.'], maxTokens: 2 }
    expect(questionIn(conversation, ada, { turns, options: whole, dataset: { id: 'd' } }).options).toBe(whole)
  })
})
