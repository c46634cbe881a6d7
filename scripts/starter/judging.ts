import { isDeepStrictEqual } from 'node:util'
import type { Answer } from './answering.ts'
import { type Expectation, expectationOf, type SpokenTurn } from './talk.ts'

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether an answer is what was expected. */
export function isRight({ text, calls }: Answer, turn: SpokenTurn): boolean {
  const expected: Expectation = expectationOf(turn)
  switch (expected.kind) {
    case 'exact':
      return calls.length === 0 && text.trim() === expected.text
    case 'contains':
      return (
        calls.length === 0 && expected.texts.every((part) => text.toLowerCase().includes(part.toLowerCase()))
      )
    case 'call': {
      const [call] = calls
      return (
        calls.length === 1 &&
        call?.name === expected.name &&
        isDeepStrictEqual(parsed(call.arguments), expected.input)
      )
    }
    case 'json':
      return isDeepStrictEqual(parsed(text), parsed(JSON.stringify(expected.value)))
    default:
      return expected satisfies never
  }
}
