import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  composePrompt,
  type History,
  messagesOf,
  newTurns,
  shortened,
  type Turn,
} from '../../../../worker/services/conversations/chat-prompt.ts'

const user = (content: string): Turn => ({ role: 'user', content })
const assistant = (content: string): Turn => ({ role: 'assistant', content })
const system = (content: string): Turn => ({ role: 'system', content })

const stored = [user('I am Ada.'), assistant('Hello Ada.')]

/** The memory of a conversation of these turns. */
const kept = (turns: readonly Turn[], over: Partial<History> = {}): History => ({
  turns,
  isWhole: true,
  ...over,
})
const beBrief = { system: system('Be brief.') }

/** The messages of a prompt that there must be. */
function shown(...asked: Parameters<typeof composePrompt>) {
  const composed = composePrompt(...asked)
  if (!composed) throw new Error('There is nothing to answer.')
  return { ...composed, messages: messagesOf(composed.prompt) }
}

describe('newTurns', () => {
  it('takes what a client sends of its own', () => {
    expect(newTurns(kept(stored), [user('Who am I?')])).toEqual([user('Who am I?')])
  })

  it('leaves out the turns that a client sends again', () => {
    expect(newTurns(kept(stored), [...stored, user('Who am I?')])).toEqual([user('Who am I?')])
  })

  it('leaves out the last stored turns alone, when the client has forgotten the first', () => {
    expect(newTurns(kept(stored), [assistant('Hello Ada.'), user('Who am I?')])).toEqual([user('Who am I?')])
  })

  it('keeps a question that is asked a second time', () => {
    const twice = [user('Again!'), assistant('Once.')]
    expect(newTurns(kept(twice), [user('Again!')])).toEqual([user('Again!')])
  })

  it('finds nothing new in what is stored already', () => {
    expect(newTurns(kept(stored), stored)).toEqual([])
  })

  it('leaves out what was said before all that is remembered, when the client sends that again too', () => {
    const before = [user('Hello?'), assistant('Hello.')]
    const given = [...before, ...stored, user('Who am I?')]
    expect(newTurns(kept(stored, { isWhole: false }), given)).toEqual([user('Who am I?')])
    expect(newTurns(kept(stored, { isWhole: false }), [...before, ...stored])).toEqual([])
    // Nothing was said before: it is another beginning.
    expect(newTurns(kept(stored), given)).toEqual(given)
  })

  it('always leaves an end of what was given', () => {
    const turns = fc.array(
      fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.constantFrom('a', 'b') }),
      {
        maxLength: 6,
      },
    )
    fc.assert(
      fc.property(turns, turns, fc.boolean(), (known, given, isWhole) => {
        const fresh = newTurns(kept(known, { isWhole }), given)
        expect(given.slice(given.length - fresh.length)).toEqual(fresh)
      }),
    )
  })
})

describe('composePrompt', () => {
  it('puts the stored turns before the new ones', () => {
    const { messages, added } = shown(kept(stored), [user('Who am I?')])
    expect(messages).toEqual([...stored, user('Who am I?')])
    expect(added).toEqual([user('Who am I?')])
  })

  it('keeps the stored system message in front', () => {
    const { messages, added } = shown(kept(stored, beBrief), [user('Who am I?')])
    expect(messages[0]).toEqual(system('Be brief.'))
    expect(added).toEqual([user('Who am I?')])
  })

  it('takes a new system message instead of the stored one, and stores it', () => {
    const { messages, added } = shown(kept(stored, beBrief), [system('Be kind.'), user('Hm?')])
    expect(messages[0]).toEqual(system('Be kind.'))
    expect(added).toEqual([system('Be kind.'), user('Hm?')])
  })

  it('does not store a system message that is sent again', () => {
    const { added } = shown(kept(stored, beBrief), [system('Be brief.'), user('Hm?')])
    expect(added).toEqual([user('Hm?')])
  })

  it('tells the model what it is grounded in, and stores nothing of it', () => {
    const { messages, added } = shown(kept([]), [user('Where?')], ['The student lives in Rome.'])
    expect(messages).toEqual([system('The student lives in Rome.'), user('Where?')])
    expect(added).toEqual([user('Where?')])
  })

  it('answers the last stored turn when nothing new is asked', () => {
    const { messages, added } = shown(kept([...stored, user('Who am I?')]), [])
    expect(messages.at(-1)).toEqual(user('Who am I?'))
    expect(added).toEqual([])
  })

  it('has nothing to answer when nobody asks', () => {
    expect(composePrompt(kept([]), [])).toBeUndefined()
    expect(composePrompt(kept(stored), [])).toBeUndefined()
    expect(composePrompt(kept(stored), stored)).toBeUndefined()
  })

  it('leaves out roles that no template knows', () => {
    expect(shown(kept([{ role: 'critic', content: 'Bad.' }]), [user('Hm?')]).messages).toEqual([user('Hm?')])
  })
})

describe('shortened', () => {
  it('leaves out the oldest first, and begins again with a user', () => {
    const long = Array.from({ length: 8 }, (_, index) =>
      index % 2 === 0 ? user(`q${index}`) : assistant(`a${index}`),
    )
    const { prompt } = shown(kept(long, beBrief), [user('last')])
    const fewer = shortened(prompt)
    expect(fewer && messagesOf(fewer)).toEqual([system('Be brief.'), ...long.slice(4), user('last')])
  })

  it('ends with the system message and what is asked, which are never left out', () => {
    let { prompt } = shown(kept([...stored, ...stored], beBrief), [user('last')])
    for (let fewer = shortened(prompt); fewer; fewer = shortened(prompt)) prompt = fewer
    expect(messagesOf(prompt)).toEqual([system('Be brief.'), user('last')])
  })
})
