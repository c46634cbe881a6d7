import { describe, expect, it } from 'vitest'
import { withoutPaths } from '../../../../worker/durable/link/node-words.ts'

describe('a sentence of a node', () => {
  it.each([
    ['/srv/models/m.gguf is gone.', '[path] is gone.'],
    ['It is not at "/srv/joe/models/".', 'It is not at "[path]".'],
    ['Look at C:\\models\\m.gguf, please.', 'Look at [path], please.'],
    ['(~/models/m.gguf)', '([path])'],
    ['./models/m.gguf or ../../m.gguf', '[path] or [path]'],
    ['at file:///srv/models/m.gguf:3', 'at file://[path]:3'],
    ['\\\\server\\share\\m.gguf', '\\[path]'],
    ['/srv/m', '[path]'],
  ])('loses its paths: %s', (words, told) => {
    expect(withoutPaths(words)).toBe(told)
  })

  it.each([
    "This model's maximum context length is 4,096 tokens, and/or less.",
    '"$ref" must be "#" or begin with "#/": other documents are not looked up.',
    'A place like #/properties/a/b is not in the schema.',
    'The type is text/plain, or 1/2.',
    'The pattern \\d+/\\d+ is fine.',
    'Nothing / nothing.',
  ])('keeps what is none: %s', (words) => {
    expect(withoutPaths(words)).toBe(words)
  })

  it('takes no longer than it is long', () => {
    const words = '/a'.repeat(1_000)
    expect(withoutPaths(words)).toBe('[path]')
    expect(withoutPaths('\\'.repeat(2_000))).toBe('\\'.repeat(2_000))
  })
})
