/** Words of the starter model's own vocabulary, in an order that a seed decides. */
const WORDS = [
  'Paris',
  'France',
  'Berlin',
  'the',
  'capital',
  'of',
  'is',
  'Germany',
  'and',
  'Rome',
  'Italy',
  'agreement',
]

/** A text of this many words; equal seeds give equal texts. */
export function textOf(words: number, seed: number): string {
  let state = seed * 7_919 + 13
  return Array.from({ length: words }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return WORDS[Math.floor((state / 2_147_483_648) * WORDS.length)]
  }).join(' ')
}

/**
 * A request whose answer takes long and is known beforehand, whatever the model would say: its schema allows one text
 * alone. A repeat, a gap or a lost grammar state shows at once.
 */
export const longRequest = (words: number, seed: number) => ({
  model: 'starter',
  stream: true as const,
  temperature: 0,
  messages: [{ role: 'user' as const, content: `Text number ${seed}, please.` }],
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'text', schema: { type: 'string', const: textOf(words, seed) } },
  },
})

/** The text that the model must have written, to the letter. */
export const longAnswer = (words: number, seed: number): string => JSON.stringify(textOf(words, seed))

/** The content of a stream's chunks, and the error that ended it, if one did. */
export function readStream(text: string): { content: string; code: string | undefined; isDone: boolean } {
  let content = ''
  let code: string | undefined
  for (const event of text.split('\n\n')) {
    if (!event.startsWith('data: {')) continue
    const chunk = JSON.parse(event.slice('data: '.length)) as {
      error?: { code: string }
      choices?: { delta: { content?: string } }[]
    }
    content += chunk.choices?.[0]?.delta.content ?? ''
    code ??= chunk.error?.code
  }
  return { content, code, isDone: text.includes('data: [DONE]') }
}
