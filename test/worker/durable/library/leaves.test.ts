import { describe, expect, it } from 'vitest'
import type { Leaf } from '../../../../worker/services/library/term-query.ts'
import { newDocument, shelf } from './shelf.ts'

/** A library with three documents, and what a leaf finds of them. */
async function lake() {
  const { library, put } = shelf()
  const names = new Map([
    [
      await put('# Relational birds\nThe herons were computing by the lake.', {
        name: 'annual_report_2024.pdf',
      }),
      'birds',
    ],
    [await put('A pike computes nothing. The lake heron is away.', { name: 'Fish (final).txt' }), 'fish'],
    [await put('Nothing is here but happiness.', { name: 'empty.md' }), 'empty'],
  ])
  await library.add(newDocument({ name: 'waits_report.pdf' }))
  return async (text: string, kind: Leaf['kind'] = 'term', field: Leaf['field'] = 'any') =>
    (await library.documentsWith({ kind, text, field })).map((id) => names.get(id)).toSorted()
}

describe('the documents with', () => {
  it('a term have it in any of its forms', async () => {
    const documents = await lake()
    expect(await documents('computed')).toEqual(['birds', 'fish'])
    expect(await documents('heron')).toEqual(['birds', 'fish'])
    expect(await documents('relational')).toEqual(['birds'])
    expect(await documents('pelican')).toEqual([])
    expect(await documents('')).toEqual([])
    expect(await documents('"*"')).toEqual([])
  })

  it('a phrase have its words next to each other, and those of every sentence too', async () => {
    const documents = await lake()
    expect(await documents('lake heron', 'phrase')).toEqual(['fish'])
    expect(await documents('heron lake', 'phrase')).toEqual([])
    expect(await documents('by the lake', 'phrase')).toEqual(['birds'])
  })

  it('a prefix have a word that begins so, whatever its stem is', async () => {
    const documents = await lake()
    expect(await documents('computi', 'prefix')).toEqual(['birds'])
    expect(await documents('comput', 'prefix')).toEqual(['birds', 'fish'])
    expect(await documents('relationa', 'prefix')).toEqual(['birds'])
    expect(await documents('happy', 'prefix')).toEqual([])
    expect(await documents('Happi', 'prefix')).toEqual(['empty'])
    expect(await documents('x', 'prefix')).toEqual([])
    expect(await documents('h', 'prefix')).toEqual(['birds', 'empty', 'fish'])
    expect(await documents('were-comput', 'prefix')).toEqual(['birds'])
    expect(await documents('pike-comput', 'prefix')).toEqual(['fish'])
    expect(await documents('lake-comput', 'prefix')).toEqual([])
  })

  it('a prefix have it however it is spelled: with marks, with an apostrophe, in capitals, in another script', async () => {
    const { library, put } = shelf()
    const spelled: Record<string, string> = {}
    for (const text of [
      "The lake is where we went with the old O'NEIL's BOAT.",
      'We went there with the lamp of Ångström’s, naïvely.',
      'Это наши старые книжки.',
    ])
      spelled[await put(text, {})] = text.slice(-6)
    const found = async (text: string) =>
      (await library.documentsWith({ kind: 'prefix', text, field: 'any' })).map((id) => spelled[id])
    for (const text of ["o'nei", 'ONEI', 'oneil', 'boa']) expect(await found(text), text).toEqual([' BOAT.'])
    for (const text of ['angst', 'Ångst', 'naiv']) expect(await found(text), text).toEqual(['ïvely.'])
    expect(await found('книж')).toEqual(['нижки.'])
    expect(await found('oneilsb')).toEqual([])
  })

  it('a prefix have it whatever the stem has lost or changed of the word, also where the language was guessed wrong', async () => {
    const { library, put } = shelf()
    const begun: Record<string, readonly string[]> = {
      "It is O'NEIL's BOAT.": ['boa', 'boat', "o'neil-boa"],
      'The capabilities of computationally lying people.': ['capabi', 'computationall', 'lyi', 'the-cap'],
      'De meeste mensen in Nederland wonen daar al heel lang en naar mijn mening veel te dicht op elkaar.': [
        'daa',
        'naa',
        'vee',
      ],
      'ذهب الطالب إلى المكتبة في الصباح الباكر وقرأ الكتاب الجديد كله': ['الكت', 'المكت', 'كل'],
      [`A ${'long'.repeat(20)}word`]: ['long'.repeat(20)],
    }
    const ids = new Map<string, string>()
    for (const text of Object.keys(begun)) ids.set(text, await put(text, {}))
    for (const [text, prefixes] of Object.entries(begun))
      for (const prefix of prefixes)
        expect(await library.documentsWith({ kind: 'prefix', text: prefix, field: 'any' }), prefix).toContain(
          ids.get(text),
        )
  })

  it('a prefix of a document that is gone have it no longer', async () => {
    const { library, put } = shelf()
    const id = await put("It is O'NEIL's BOAT.", {})
    const found = () => library.documentsWith({ kind: 'prefix', text: 'boa', field: 'any' })
    expect(await found()).toEqual([id])
    await library.remove(id)
    expect(await found()).toEqual([])
  })

  it('a title have it in a heading, or in the name where there is none', async () => {
    const documents = await lake()
    expect(await documents('bird', 'term', 'title')).toEqual(['birds'])
    expect(await documents('lake', 'term', 'title')).toEqual([])
    expect(await documents('relat', 'prefix', 'title')).toEqual(['birds'])
    expect(await documents('fish', 'term', 'title')).toEqual(['fish'])
    expect(await documents('fis', 'prefix', 'title')).toEqual(['fish'])
    expect(await documents('emp', 'prefix', 'title')).toEqual(['empty'])
    expect(await documents('happ', 'prefix', 'title')).toEqual([])
  })

  it('a file name have its words as they are written', async () => {
    const documents = await lake()
    expect(await documents('REPORT', 'term', 'filename')).toEqual(['birds'])
    expect(await documents('reports', 'term', 'filename')).toEqual([])
    expect(await documents('annual report', 'phrase', 'filename')).toEqual(['birds'])
    expect(await documents('fin', 'prefix', 'filename')).toEqual(['fish'])
    expect(await documents('inal', 'prefix', 'filename')).toEqual([])
  })
})
