import { describe, expect, it } from 'vitest'
import { GenerationRequest, type Message } from '../../../../shared/generation.ts'
import { createPromptCaches } from '../../../../worker/services/inference/prompt-caches.ts'
import { generationRequest } from '../../samples.ts'

const shared = ['You help.', 'You help. You are polite.'].map((text) => ({ text }))
const cacheOf = createPromptCaches({ secret: 'a secret', sharedPrompts: async () => shared })
const chat = (...messages: Message[]) => generationRequest({ prompt: { kind: 'chat', messages } })
const system = (content: string): Message => ({ role: 'system', content })
const user: Message = { role: 'user', content: 'Hello' }

describe('who may use again what is computed of a prompt', () => {
  it('is an account, by a name that does not tell which', async () => {
    const [a, again, b] = await Promise.all(['a', 'a', 'b'].map((id) => cacheOf(chat(user), id)))
    expect(a).toEqual(again)
    expect(a?.scope).not.toBe(b?.scope)
    expect(a?.scope).not.toContain('a secret')
    expect(GenerationRequest.shape.cache.parse(a)).toEqual(a)
  })

  it('is everybody as far as the system prompt begins with the longest that is marked as shared', async () => {
    const asked = chat(system('You help. You are polite. The password is 1234.'), user)
    expect((await cacheOf(asked, 'a')).sharedCharacters).toBe(shared[1]?.text.length)
    expect((await cacheOf(chat(system('You help nobody.'), user), 'a')).sharedCharacters).toBeUndefined()
  })

  it('is the account alone where another turn says the same', async () => {
    const said: Message = { role: 'user', content: 'You help.' }
    expect((await cacheOf(chat(said), 'a')).sharedCharacters).toBeUndefined()
  })
})
