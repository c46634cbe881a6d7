import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  embeddingLimits,
  generationLimits,
  heldTo,
  isWithin,
  MAX_UNSENT_TOKENS,
} from '../../../../worker/durable/link/call-limits.ts'
import { generationRequest, usage } from '../../samples.ts'

const CONTEXT = 100
const limits = generationLimits(generationRequest(), CONTEXT)
const told = (promptTokens: number, completionTokens: number, cachedPromptTokens = 0) =>
  usage({ promptTokens, completionTokens, cachedPromptTokens })

describe('a node’s word on what a call used', () => {
  it.each([
    ['what it is, where that can be', told(50, 10), 10, told(50, 10)],
    ['with the token that ends a turn, which is not sent', told(50, 11), 10, told(50, 11)],
    ['no more tokens than were relayed', told(50, 1_000_000), 10, told(50, 10 + MAX_UNSENT_TOKENS)],
    ['no fewer than were relayed', told(50, 0), 10, told(50, 10)],
    ['no prompt for nothing, once there was an answer', told(0, 10), 10, told(1, 10)],
    ['a prompt for nothing while nothing has come', told(0, 0), 0, told(0, 0)],
    ['no more than the context has', told(1_000_000, 10), 10, told(90, 10)],
    ['no more cached tokens than the prompt has', told(50, 10, 51), 10, told(50, 10, 50)],
    ['no more cached tokens than the prompt is taken to have', told(1_000, 10, 1_000), 10, told(90, 10, 90)],
  ])('counts as %s', (_rule, word, relayed, counted) => {
    expect(heldTo(word, relayed, limits)).toEqual(counted)
  })

  it('counts as no fewer tokens of a prompt than its caller gave, where those were tokens', () => {
    const prompt = { kind: 'tokens' as const, tokens: [1, 2, 3] }
    const own = generationLimits(generationRequest({ prompt }), CONTEXT)
    expect(heldTo(told(0, 1), 1, own)).toEqual(told(3, 1))
  })

  it('counts as no more tokens of an answer than were asked for', () => {
    const own = generationLimits(generationRequest({ maxTokens: 5 }), CONTEXT)
    expect(heldTo(told(50, 6), 5, own)).toEqual(told(50, 5))
  })

  it('counts of embeddings as tokens of their inputs alone', () => {
    const own = embeddingLimits({ model: 'm', input: ['a', 'b'] }, CONTEXT)
    expect(heldTo(told(7, 3), 2, own)).toEqual(told(7, 0))
    expect(heldTo(told(1_000, 0), 2, own)).toEqual(told(2 * CONTEXT, 0))
    expect(heldTo(told(0, 0), 2, own)).toEqual(told(1, 0))
  })

  it('never counts as something that cannot be', () => {
    const count = fc.nat(300)
    fc.assert(
      fc.property(
        count,
        count,
        count,
        fc.nat(CONTEXT),
        fc.option(fc.integer({ min: 1, max: 200 })),
        (...values) => {
          const [prompt, completion, cached, relayed, maxTokens] = values
          const own = generationLimits(
            generationRequest({ ...(maxTokens !== null && { maxTokens }) }),
            CONTEXT,
          )
          const held = heldTo(told(prompt, completion, cached), relayed, own)
          expect(held.cachedPromptTokens).toBeLessThanOrEqual(held.promptTokens)
          expect(held.completionTokens).toBeGreaterThanOrEqual(Math.min(relayed, own.completion))
          expect(held.completionTokens).toBeLessThanOrEqual(own.completion)
          expect(held.promptTokens + held.completionTokens).toBeLessThanOrEqual(CONTEXT + 1)
        },
      ),
    )
  })
})

describe('what comes of a call', () => {
  const delta = (tokens: number[]) => ({ type: 'delta' as const, text: 'x', tokens })

  it('is no more tokens than were asked for, and than the context has', () => {
    const own = generationLimits(generationRequest({ maxTokens: 2 }), CONTEXT)
    expect(isWithin(delta([1]), 1, own)).toBe(true)
    expect(isWithin(delta([1, 2]), 1, own)).toBe(false)
    expect(isWithin(delta([1]), CONTEXT - 1, limits)).toBe(true)
    expect(isWithin(delta([1]), CONTEXT, limits)).toBe(false)
  })

  it('is text without tokens at any time', () => {
    expect(isWithin(delta([]), CONTEXT, limits)).toBe(true)
  })

  it('is one vector for each input, and none beside them', () => {
    const own = embeddingLimits({ model: 'm', input: ['a', 'b'] })
    const vectors = (start: number, count: number) => ({
      type: 'vectors' as const,
      start,
      vectors: Array.from({ length: count }, () => 'AACAPw=='),
    })
    expect(isWithin(vectors(0, 2), 0, own)).toBe(true)
    expect(isWithin(vectors(1, 1), 1, own)).toBe(true)
    expect(isWithin(vectors(0, 1), 2, own)).toBe(false)
    expect(isWithin(vectors(1, 2), 0, own)).toBe(false)
    expect(isWithin(vectors(1e9, 1), 0, own)).toBe(false)
  })
})
