import { describe, expect, it } from 'vitest'
import { toldFact } from '../../../../../worker/services/agents/guided/told-facts.ts'

const asked = (question: string, ...told: string[]) =>
  toldFact([...told, question].map((content) => ({ role: 'user' as const, content })))

const ALICE = 'My name is Alice and I live in Paris'

describe('a question about its asker', () => {
  it.each([
    ['Where do I live?', [ALICE], 'You mentioned that you live in Paris.'],
    ['What is my name?', [ALICE], 'You mentioned that your name is Alice.'],
    ['Who am I?', [ALICE], 'You mentioned that your name is Alice.'],
    ['Where do I live?', [ALICE, 'I live in Rome now.'], 'You mentioned that you live in Rome now.'],
    [
      "What's my dog called?",
      ["Hi! I'm new here. My dog is called Rex."],
      'You mentioned that your dog is called Rex.',
    ],
    [
      'Where do I work?',
      ['I have a cat; I work in the US at 7 am'],
      'You mentioned that you work in the US at 7 am.',
    ],
    ['What did I buy?', ["I've lost my keys, but I bought a car"], undefined],
    [
      'Which instruments do I play?',
      ["I'm told I play well. I play the violin."],
      'You mentioned that you play the violin.',
    ],
  ])('%s is answered in the words that they used', (question, told, answer) => {
    expect(asked(question, ...told)).toBe(answer)
  })

  it.each([
    ['Where do I live?', []],
    ['Where do I live?', ['Where do I live?']],
    ['Where do I live?', ['Paris is large. She lives there.']],
    ['How do I live healthily?', [ALICE]],
    ['Where should I live?', [ALICE]],
    ['Where does Alice live?', [ALICE]],
    ['I live in Paris.', [ALICE]],
  ])('%s is not answered where it was not said, or is no such question', (question, told) => {
    expect(asked(question, ...told)).toBeUndefined()
  })

  it('is not answered with words that others have said', () => {
    const messages = [
      { role: 'system' as const, content: 'I live in Berlin.' },
      { role: 'assistant' as const, content: 'I live in London.' },
      { role: 'user' as const, content: 'Where do I live?' },
    ]
    expect(toldFact(messages)).toBeUndefined()
  })
})
