import { describe, expect, it } from 'vitest'
import { chooseLoop } from '../../../../worker/services/agents/choosing.ts'
import { loopFor } from '../../../../worker/services/agents/routing.ts'

describe('the words of a question', () => {
  it.each([
    ['Hello, how are you?', undefined],
    ['What is the capital of France?', undefined],
    ['My name is Alice and I live in Paris', undefined],
    ['Where do I live?', undefined],
    ['Search for the latest news about AI and summarize the top 3 findings', 'react'],
    ['Based on the uploaded contract document, what are the termination conditions?', 'react'],
    ['Search for weather in Seoul AND analyze the uploaded temperature data', 'plan_execute'],
    ['Calculate the derivative of x^3 + 2x^2 - 5x + 7', 'react'],
    ['Write Python code to calculate factorial of 10 and execute it', 'plan_execute'],
    ['Search for AI news', 'react'],
  ])('%s: %s', (question, loop) => expect(loopFor(question)).toBe(loop))
})

describe('the way in which a question is answered', () => {
  const auto = { agentType: 'auto', decides: true, isGrounded: false } as const
  it('is plain where no tool is needed, unless the model decides', () => {
    expect(chooseLoop('Hello!', { ...auto, decides: false })).toBeUndefined()
    expect(chooseLoop('Hello!', auto)).toBe('react')
  })
  it('is guided for models that cannot decide', () => {
    expect(chooseLoop('Search for AI news', { ...auto, decides: false })).toBe('guided')
    expect(chooseLoop('Hello!', { ...auto, agentType: 'react', decides: false })).toBe('guided')
  })
  it('is the one that was asked for', () => {
    expect(chooseLoop('Hello!', { ...auto, agentType: 'plan_execute' })).toBe('plan_execute')
  })
  it('is from the documents where it is about them alone and they are there', () => {
    const grounded = { ...auto, isGrounded: true }
    expect(chooseLoop('What does the contract say?', grounded)).toBeUndefined()
    expect(chooseLoop('Search for what the contract says', grounded)).toBe('react')
    expect(chooseLoop('What does the contract say?', { ...grounded, agentType: 'react' })).toBe('react')
  })
})
