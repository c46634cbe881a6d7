import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_ITEM_LENGTH } from '../../../../../worker/services/advising/catalogue/json-items.ts'
import { MAX_FAULTS } from '../../../../../worker/services/advising/catalogue/program.ts'
import { MAX_LISTED_PROGRAMS } from '../../../../../worker/services/advising/catalogue/programs.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { errorOf } from '../../../file-client.ts'
import { catalogueClient, givenProgram, SOURCE } from '../../../program-file.ts'

let catalogue: Awaited<ReturnType<typeof catalogueClient>>
beforeAll(async () => {
  catalogue = await catalogueClient()
})

const stagedRows = async () =>
  (await env.DB.prepare('select count(*) n from program_imports').first<{ n: number }>())?.n

const HEADER =
  'source;licence;address;edition;source_id;institution;country;title;level;languages;duration;duration_unit;tuition_amount;tuition_currency;tuition_period;academic_year;details'
const row = (id: string, rest: string) =>
  `${SOURCE.name};${SOURCE.licence};${SOURCE.address};${SOURCE.edition};${id};Uni;AU;Title ${id};${rest}`

describe('an import', () => {
  it('adds programs, changes those that differ, and moves the version only then', async () => {
    const [one, two] = [givenProgram(), givenProgram({ title: 'Law LLB' })]
    const first = await catalogue.import([one, two])
    expect(first).toMatchObject({ object: 'program_import', added: 2, changed: 0, unchanged: 0 })
    const again = await catalogue.import([two, one])
    expect(again).toEqual({ ...first, added: 0, unchanged: 2 })
    const changed = await catalogue.import([{ ...one, city: 'Lyon' }, two])
    expect(changed).toMatchObject({ added: 0, changed: 1, unchanged: 1 })
    expect(changed.catalogue_version).toBe(first.catalogue_version + 1)
  })

  it('keeps the id of a program, and shows it as it was given, with null for what is not known', async () => {
    const given = givenProgram({
      tuition: [{ amount: 9_250, currency: 'GBP', period: 'year', academic_year: '2025-26' }],
    })
    await catalogue.import([given])
    const { data } = await catalogue.list(`?source_id=${given.source_id}`)
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^prog_[0-9a-f]{24}$/),
        object: 'program',
        ...given,
        city: null,
        level: null,
        field: { isced: null, words: null },
        languages: null,
        duration: null,
        tuition: [
          { amount: 9_250, currency: 'GBP', period: 'year', audience: 'all', academic_year: '2025-26' },
        ],
        requirements: null,
        admitted: null,
        deadlines: [],
        page: null,
      },
    ])
    await catalogue.import([{ ...given, city: 'Leeds' }])
    const changed = await catalogue.list(`?source_id=${given.source_id}`)
    expect(changed.data[0]).toEqual({ ...data[0], city: 'Leeds' })
    const one = await catalogue.call(`/${data[0]?.id}`)
    expect([one.status, await one.json()]).toEqual([200, changed.data[0]])
  })

  it('takes CSV with a byte order mark, semicolons, empty cells and grouped sums', async () => {
    const id = crypto.randomUUID()
    const body = `\ufeff${HEADER}\r\n${row(id, 'master;en fr;104;weeks;"$1,119.00";AUD;total;;')}\r\n`
    const response = await catalogue.send(body, 'text/csv; charset=utf-8')
    expect([response.status, await response.json()]).toMatchObject([200, { added: 1 }])
    const { data } = await catalogue.list(`?source_id=${id}`)
    expect(data).toMatchObject([
      {
        level: 'master',
        languages: ['en', 'fr'],
        duration: { amount: 104, unit: 'weeks' },
        tuition: [{ amount: 1_119, currency: 'AUD', period: 'total', academic_year: null }],
      },
    ])
  })

  it('tells faults by their lines, and takes nothing of a file with one', async () => {
    const before = await catalogue.list()
    const id = crypto.randomUUID()
    const body = [
      HEADER,
      row(id, 'master;;;;;;;;'),
      row('b', 'master;;;;NaN;AUD;year;;'),
      '',
      row('c', 'master;;;;100;XXQ;year;;'),
      row(id, 'master;;;;;;;;'),
      row('d', 'diploma;;;;;;;;'),
      row('e', 'master;;;;"1.119,00";EUR;year;;'),
      row('f', 'master;;;;100;;year;;'),
    ].join('\n')
    expect(await errorOf(await catalogue.send(body, 'text/csv'))).toMatchObject({
      status: 400,
      message: [
        'Line 3: tuition.0.amount: invalid input: expected number, received string.',
        'Line 5: tuition.0.currency: expected a currency of ISO 4217.',
        `Line 6: source_id: line 2 has the same id of the same source.`,
        'Line 7: level: invalid option: expected one of "bachelor"|"master"|"doctorate"|"other".',
        'Line 8: tuition.0.amount: invalid input: expected number, received string.',
        'Line 9: tuition.0.currency: it is required.',
      ].join(' '),
    })
    expect(await catalogue.list()).toEqual(before)
    expect(await stagedRows()).toBe(0)
  })

  it(`stops at ${MAX_FAULTS} faults`, async () => {
    const bad = Array.from({ length: MAX_FAULTS + 5 }, () => JSON.stringify({})).join('\n')
    const { status, message } = await errorOf(await catalogue.send(bad))
    expect([status, message.match(/Line /g)?.length]).toEqual([400, MAX_FAULTS])
    expect(message).toMatch(/The rest was not looked at\.$/)
  })

  it.each([
    ['a figure without an edition', { source: { ...SOURCE, edition: '' } }, 'source.edition'],
    ['a figure without a source', { source: undefined }, 'source'],
    [
      'a fact whose own source has no edition',
      {
        tuition: [{ amount: 1, currency: 'EUR', period: 'year', source: { ...SOURCE, edition: undefined } }],
      },
      'tuition.0.source.edition',
    ],
    ['a country that is none', { country: 'XX' }, 'country'],
    ['a language that is none', { languages: ['qq'] }, 'languages.0'],
    ['a field that is none', { field: { isced: '99' } }, 'field.isced'],
    ['an address that is none', { page: 'javascript:alert(1)' }, 'page'],
    [
      'a minimum above its scale',
      { requirements: { minimum_grade: { value: 21, out_of: 20 } } },
      'requirements.minimum_grade.value',
    ],
    ['a share above one', { admitted: { access_rate: 1.2 } }, 'admitted.access_rate'],
    ['a hidden character', { title: 'Law \u202egnp' }, 'title'],
    ['an unknown field', { rank: 1 }, 'rank'],
  ])('refuses %s', async (_, over, field) => {
    const { status, message } = await errorOf(await catalogue.send(JSON.stringify(givenProgram(over))))
    expect(status).toBe(400)
    expect(message).toMatch(new RegExp(`^Line 1: ${field.replaceAll('.', '\\.')}: `))
  })

  it('takes a list, tells the line of an object in it, and refuses what is no list', async () => {
    const list = (programs: object[]) => catalogue.send(JSON.stringify(programs, null, 2), 'application/json')
    expect((await list([givenProgram(), givenProgram()])).status).toBe(200)
    expect((await errorOf(await list([givenProgram(), givenProgram({ country: 'X' })]))).message).toMatch(
      /^Line 14: /,
    )
    for (const [body, line] of [
      ['', undefined],
      ['[{}', 1],
      ['\n[1]', 2],
      ['[{},{}]x', 1],
      ['{"a": }', 1],
      ['[{"a":"b}]', 1],
    ] as const) {
      const { status, message } = await errorOf(await catalogue.send(body, 'application/json'))
      expect([body, status]).toEqual([body, 400])
      if (line !== undefined) expect(message).toMatch(new RegExp(`^Line ${line}: `))
    }
  })

  it('takes an object at the limit of its length and refuses one past it', async () => {
    const padded = (length: number) => {
      const text = JSON.stringify(givenProgram())
      return `${text.slice(0, -1)}${' '.repeat(length - text.length)}}`
    }
    expect((await catalogue.send(padded(MAX_ITEM_LENGTH))).status).toBe(200)
    expect((await errorOf(await catalogue.send(padded(MAX_ITEM_LENGTH + 1)))).message).toBe(
      'Line 1: the object is too long.',
    )
  })

  it('refuses a CSV without a column that it needs, bytes that are no UTF-8, and other types', async () => {
    expect(await errorOf(await catalogue.send('title,country\nA,FR\n', 'text/csv'))).toMatchObject({
      status: 400,
      message: 'Line 1: the header lacks source, licence, address, edition, source_id, institution.',
    })
    const bytes = await catalogue.call('/imports', {
      method: 'POST',
      body: new Uint8Array([0x7b, 0xff, 0x7d]),
      headers: { 'content-type': 'application/json' },
    })
    expect(await errorOf(bytes)).toMatchObject({ status: 400, message: 'The file is not UTF-8 text.' })
    expect((await catalogue.send('x', 'text/plain')).status).toBe(415)
  })

  it('is an administrator’s', async () => {
    const { token } = await newAccount()
    const asked = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' }, as: token }
    expect((await catalogue.call('/imports', asked)).status).toBe(403)
  })
})

describe('the list of programs', () => {
  it('is filtered by every condition together, and by words without operators', async () => {
    const id = crypto.randomUUID().slice(0, 8)
    await catalogue.import([
      givenProgram({
        title: `Informatique ${id}`,
        city: 'Orléans',
        level: 'bachelor',
        field: { isced: '0613', words: 'Informatique' },
        languages: ['fr'],
      }),
      givenProgram({
        title: `Informatique ${id}`,
        city: 'Lyon',
        level: 'master',
        field: { isced: '0613' },
        languages: ['en', 'fr'],
      }),
      givenProgram({ title: `Droit ${id}`, country: 'CA', level: 'bachelor', field: { isced: '0421' } }),
    ])
    const count = async (query: string) => (await catalogue.list(`?q=${id}&${query}`)).data.length
    expect(await count('')).toBe(3)
    expect(await count('level=bachelor')).toBe(2)
    expect(await count('country=CA')).toBe(1)
    expect(await count('field=06')).toBe(2)
    expect(await count('language=en')).toBe(1)
    expect(await count('level=bachelor&country=FR&field=0613&language=fr')).toBe(1)
    const found = async (text: string) =>
      (await catalogue.list(`?q=${encodeURIComponent(`${text} ${id}`)}`)).data.length
    expect(await found('informatique orleans')).toBe(1)
    for (const text of ['"', 'NEAR(', 'AND OR NOT', 'title:x', '*', '-- ;']) {
      expect((await catalogue.call(`?q=${encodeURIComponent(text)}`)).status).toBe(200)
    }
    expect((await catalogue.list('?q=%22%22')).data).toEqual([])
  })

  it('comes in pages that hold every program once', async () => {
    const word = crypto.randomUUID().slice(0, 8)
    await catalogue.import(Array.from({ length: 5 }, () => givenProgram({ title: `Paged ${word}` })))
    const ids: string[] = []
    let after = ''
    for (let page = 0; page < 3; page += 1) {
      const { data, has_more, last_id } = await catalogue.list(`?q=${word}&limit=2${after}`)
      ids.push(...data.map(({ id }) => id))
      expect(has_more).toBe(page < 2)
      after = `&after=${last_id}`
    }
    expect(new Set(ids).size).toBe(5)
    expect((await catalogue.call(`?limit=${MAX_LISTED_PROGRAMS}`)).status).toBe(200)
    for (const query of [
      `?limit=${MAX_LISTED_PROGRAMS + 1}`,
      '?limit=0',
      '?level=phd',
      '?country=fr',
      '?rank=1',
    ])
      expect([query, (await catalogue.call(query)).status]).toEqual([query, 400])
    expect((await catalogue.call('?after=x')).status).toBe(404)
  })
})

describe('a program that is deleted', () => {
  it('is gone from the list and from the words, and moves the version', async () => {
    const word = crypto.randomUUID().slice(0, 8)
    const { catalogue_version } = await catalogue.import([givenProgram({ title: `Gone ${word}` })])
    const { data } = await catalogue.list(`?q=${word}`)
    const id = data[0]?.id ?? ''
    const { token } = await newAccount()
    expect((await catalogue.call(`/${id}`, { method: 'DELETE', as: token })).status).toBe(403)
    const removed = await catalogue.call(`/${id}`, { method: 'DELETE' })
    expect(await removed.json()).toEqual({ id, object: 'program', deleted: true })
    const after = await catalogue.list(`?q=${word}`)
    expect([after.data, after.catalogue_version]).toEqual([[], catalogue_version + 1])
    expect((await catalogue.call(`/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await catalogue.call(`/${id}`)).status).toBe(404)
  })
})
