import { describe, expect, it } from 'vitest'
import { NO_NODE, WAITS_FOR_SLOT } from '../../../../worker/services/documents/reasons.ts'
import { messageOf } from '../../../../worker/surfaces/agentic/routes/files.ts'

describe('the message of an upload', () => {
  it('is the page’s own sentence where searches find the document', () => {
    expect(messageOf({ state: 'ready', reason: null })).toBe('File uploaded and indexed successfully')
  })

  it.each([
    ['queued', null, 'File uploaded; indexing goes on.'],
    ['queued', WAITS_FOR_SLOT, 'File uploaded; indexing goes on. It waits for its turn on a node.'],
    [
      'queued',
      NO_NODE,
      'File uploaded; indexing goes on. No connected node reads PDF and Word files. It is read as soon as one does.',
    ],
    ['reading', null, 'File uploaded; indexing goes on.'],
    ['indexing', null, 'File uploaded; indexing goes on.'],
  ] as const)(
    'says that indexing goes on while it is %s, and why where that is known (%s)',
    (state, reason, message) => {
      expect(messageOf({ state, reason })).toBe(message)
    },
  )

  it('names the pages that no search finds', () => {
    const reason = 'Page 2 has no text that can be read.'
    expect(messageOf({ state: 'partial', reason })).toBe(`File uploaded and indexed in part. ${reason}`)
  })
})
