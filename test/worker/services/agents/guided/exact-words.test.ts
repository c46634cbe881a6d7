import { describe, expect, it } from 'vitest'
import {
  codeIn,
  MAX_EXPRESSION_CHARACTERS,
  mathIn,
} from '../../../../../worker/services/agents/guided/exact-words.ts'

describe('an expression in words', () => {
  it('has the most characters, and is none with one more', () => {
    const of = (length: number) => `1+${'1'.repeat(length - 2)}`
    expect(mathIn(`calculate ${of(MAX_EXPRESSION_CHARACTERS)}`)).toBe(of(MAX_EXPRESSION_CHARACTERS))
    expect(mathIn(`calculate ${of(MAX_EXPRESSION_CHARACTERS + 1)}`)).toBeUndefined()
  })

  it.each([
    ['calculate my taxes', undefined],
    ['what is love', undefined],
    ['find the sum of 3 and 4', 'sum of 3 and 4'],
    ['what is 15% of 80', '15% of 80'],
    ['5! + 3', '5! + 3'],
    ['what is sqrt(2) * 2 =', 'sqrt(2) * 2'],
  ])('%s', (words, expression) => {
    expect(mathIn(words)).toBe(expression)
  })
})

describe('a program in words', () => {
  it.each([
    ['run ```python\nprint(1)\n```', 'print(1)'],
    ['run ```print(2)```', 'print(2)'],
    ['run `print(3)` now', 'print(3)'],
    ['run ``` ```', undefined],
    ['run it', undefined],
  ])('%j', (words, code) => {
    expect(codeIn(words)).toBe(code)
  })
})
