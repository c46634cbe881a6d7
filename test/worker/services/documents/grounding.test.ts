import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import {
  CHARACTERS_OF_A_TOKEN,
  createGrounding,
  PASSAGE_SHARE,
} from '../../../../worker/services/documents/grounding.ts'
import { shelf } from '../../durable/library/shelf.ts'

const CONTEXT_TOKENS = 4_096
/** As much text as a quarter of the context holds. */
const ROOM = CONTEXT_TOKENS * PASSAGE_SHARE * CHARACTERS_OF_A_TOKEN

/** A text of so many characters, each of which is in a passage. */
const textOf = (length: number) =>
  `Otters ${'swim and '.repeat(length)}`.slice(0, length - 1).padEnd(length, '.')

async function groundedIn(length: number) {
  const { accountId, library, put } = shelf()
  const text = textOf(length)
  const documentId = await put(text)
  const { ground } = createGrounding({ db: createDb(env.DB), library: () => library })
  const request = {
    question: 'How do otters swim?',
    documentIds: [documentId],
    contextTokens: CONTEXT_TOKENS,
  }
  const { passages } = await ground(accountId, request)
  return { text, shown: passages.map((passage) => passage.text).join('') }
}

describe('a document', () => {
  it('that fits a quarter of the context is shown whole, each character once', async () => {
    const { text, shown } = await groundedIn(ROOM)
    expect(PASSAGE_SHARE).toBe(1 / 4)
    expect(shown.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
  })

  it('that is larger is shown by the passages that a search finds', async () => {
    const { text, shown } = await groundedIn(ROOM + 1)
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThanOrEqual(ROOM)
    expect(shown).not.toBe(text)
    expect(shown.length).toBeLessThan(text.length)
  })
})
