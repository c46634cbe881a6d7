import { expect, it } from 'vitest'
import { EventSplitter } from '../../../../scripts/bench/clients/chat-client.ts'

it('puts events together that arrive in pieces, and skips comments', () => {
  const splitter = new EventSplitter()
  const pieces = ['data: {"a"', ':1}\n', '\ndata: 2\n\n: keep-alive\n\nda', 'ta: [DONE]\n\n']
  expect(pieces.flatMap((piece) => splitter.take(piece))).toEqual(['{"a":1}', '2', '[DONE]'])
})
