import { describe, expect, it } from 'vitest'
import { stillRead } from '../../../../../worker/services/search-datasets/making/find-documents.ts'

/** A library in which documents are read one after the other, each as soon as somebody waits for it. */
function libraryOf(unread: string[], isStuck: (id: string) => boolean = () => false) {
  const asked: string[] = []
  return {
    asked,
    unsettled: async () => {
      asked.push('unsettled')
      return [...unread]
    },
    waitSettled: async (id: string) => {
      asked.push(id)
      if (!isStuck(id)) unread.splice(unread.indexOf(id), 1)
      return undefined
    },
  }
}

describe('the documents that are still read', () => {
  it('are none where there were none, or all are done, and take one question however many there were', async () => {
    const library = libraryOf(['later'])
    expect(await stillRead(library, [], 10_000)).toEqual([])
    expect(library.asked).toEqual([])
    const many = Array.from({ length: 10_000 }, (_, index) => `done-${index}`)
    expect(await stillRead(library, many, 10_000)).toEqual([])
    expect(library.asked).toEqual(['unsettled'])
  })

  it('are waited for, those alone that were there before', async () => {
    const library = libraryOf(['a', 'b', 'later'])
    expect(await stillRead(library, ['a', 'done', 'b'], 10_000)).toEqual([])
    expect(library.asked).toEqual(['unsettled', 'a', 'unsettled', 'b', 'unsettled'])
  })

  it('are told when the time is over', async () => {
    const library = libraryOf(['a', 'b'], (id) => id === 'b')
    expect(await stillRead(library, ['b', 'a'], 0)).toEqual(['b', 'a'])
    expect(library.asked).toEqual(['unsettled'])
  })
})
