import { describe, expect, it } from 'vitest'
import type { GenerationRequest, Message } from '../../../../shared/generation.ts'
import {
  AFFINITY_CHARACTERS,
  AFFINITY_TOKENS,
  affinityOf,
} from '../../../../worker/services/pool/affinity.ts'
import { generationRequest } from '../../samples.ts'

const caller = { accountId: 'a' }
const chat = (...messages: Message[]): GenerationRequest =>
  generationRequest({ prompt: { kind: 'chat', messages } })
const user = (content: string): Message => ({ role: 'user', content })
const system = (content: string): Message => ({ role: 'system', content })
const text = (value: string) => generationRequest({ prompt: { kind: 'text', text: value } })
const tokens = (values: number[]) => generationRequest({ prompt: { kind: 'tokens', tokens: values } })
const long = 'x'.repeat(AFFINITY_CHARACTERS)
const many = Array.from({ length: AFFINITY_TOKENS }, (_, index) => index)
const tool = (name: string) => ({ name, strict: false })
const withTools = (request: GenerationRequest, ...names: string[]): GenerationRequest => ({
  ...request,
  tools: { definitions: names.map(tool), choice: 'auto', parallel: true },
})

describe('affinityOf', () => {
  it.each<[rule: string, a: GenerationRequest, b: GenerationRequest]>([
    ['equal chats', chat(system('s'), user('u')), chat(system('s'), user('u'))],
    ['chats with a long beginning', chat(system(long), user('a')), chat(system(long), user('b'))],
    ['long texts with one beginning', text(`${long}a`), text(`${long}b`)],
    ['many tokens with one beginning', tokens([...many, 1]), tokens([...many, 2])],
    ['other sampling', text('a'), { ...text('a'), sampling: { ...text('a').sampling, temperature: 0.1 } }],
    ['the rest of an answer', text('a'), { ...text('a'), resume: [1, 2] }],
  ])('is the same for %s', (_rule, a, b) => {
    expect(affinityOf(a, caller)).toBe(affinityOf(b, caller))
  })

  it('tells accounts apart, whose caches serve no other, unless the beginning is shared', () => {
    const asked = chat(system(long), user('a'))
    const other = { accountId: 'b' }
    expect(affinityOf(asked, caller)).not.toBe(affinityOf(asked, other))
    const shared = { ...asked, cache: { scope: 's', sharedCharacters: long.length } }
    expect(affinityOf(shared, caller)).toBe(
      affinityOf({ ...shared, cache: { ...shared.cache, scope: 't' } }, other),
    )
  })

  it.each<[rule: string, a: GenerationRequest, b: GenerationRequest]>([
    ['short chats', chat(system('s'), user('a')), chat(system('s'), user('b'))],
    ['who said it', chat(system('s')), chat(user('s'))],
    ['where one message ends', chat(user('ab'), user('c')), chat(user('a'), user('bc'))],
    ['a late letter', text(`${long.slice(1)}a`), text(`${long.slice(1)}b`)],
    ['the last token', tokens([...many.slice(1), 1]), tokens([...many.slice(1), 2])],
    ['where one token ends', tokens([1, 23]), tokens([12, 3])],
    ['the tools', withTools(chat(user('a')), 'f'), withTools(chat(user('a')), 'g')],
    ['the model', text('a'), { ...text('a'), model: 'another' }],
  ])('tells apart %s', (_rule, a, b) => {
    expect(affinityOf(a, caller)).not.toBe(affinityOf(b, caller))
  })

  it('keeps a conversation together, whatever is said in it', () => {
    const session = { accountId: 'a', sessionId: 's' }
    expect(affinityOf(text('a'), session)).toBe(affinityOf(text('b'), session))
    expect(affinityOf(text('a'), session)).not.toBe(affinityOf(text('a'), { ...session, sessionId: 't' }))
    expect(affinityOf(text('a'), session)).not.toBe(affinityOf(text('a'), { ...session, accountId: 'b' }))
  })

  it('does not look behind the beginning of a large prompt', () => {
    const unread: Message = {
      role: 'user',
      get content(): string {
        throw new Error('read')
      },
    }
    expect(() => affinityOf(chat(user(long), unread), caller)).not.toThrow()
    expect(() => affinityOf(chat(user('short'), unread), caller)).toThrow('read')
  })
})
