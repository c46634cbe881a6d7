import { type longRequest, readStream } from './long-answer.ts'
import type { Stack } from './stack.ts'

/** Letters after which a stream has begun. */
const BEGUN_LENGTH = 20

/** Starts a long stream and resolves, when it has begun, with the rest of it. */
export async function beginStream(stack: Stack, body: ReturnType<typeof longRequest>) {
  const response = await stack.request('/v1/chat/completions', { body })
  if (!response.ok) throw new Error(`The stream began with ${response.status}: ${await response.text()}`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const next = () => reader?.read().then(({ value }) => value)
  let text = ''
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    text += piece
    if (readStream(text).content.length > BEGUN_LENGTH) break
  }
  const rest = (async () => {
    for (let piece = await next(); piece !== undefined; piece = await next()) text += piece
    return readStream(text)
  })()
  return { rest }
}
