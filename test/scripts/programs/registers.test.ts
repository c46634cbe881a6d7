import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRows } from '../../../scripts/programs/import.ts'
import { cricos } from '../../../scripts/programs/registers/cricos.ts'
import { discoverUni } from '../../../scripts/programs/registers/discover-uni.ts'
import { parcoursup } from '../../../scripts/programs/registers/parcoursup.ts'
import type { Register } from '../../../scripts/programs/registers/register.ts'
import { scorecard } from '../../../scripts/programs/registers/scorecard.ts'
import { Program } from '../../../worker/services/advising/catalogue/program.ts'

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'registers')

async function read(register: Register, file: string, edition = 'May 2025') {
  const programs: Program[] = []
  for await (const { program } of register.read(resolve(FIXTURES, file), edition))
    programs.push(Program.parse(program))
  return programs
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const refusal = (register: Register, path: string) =>
  checkRows(register.read(path, 'x')).then(
    () => 'taken',
    (thrown: Error) => thrown.message,
  )

describe('the importer of CRICOS', () => {
  it('reads titles, levels, fields, weeks and totals, and leaves out what has expired', async () => {
    const programs = await read(cricos, 'cricos.csv')
    expect(programs.map(({ sourceId }) => sourceId)).toEqual([
      '0990138',
      '099001B',
      '099002C',
      '099003D',
      '099004E',
    ])
    expect(programs[0]).toEqual({
      sourceId: '0990138',
      institution: 'Example University (Main)',
      country: 'AU',
      city: null,
      title: 'Bachelor of Economics',
      level: 'bachelor',
      field: { isced: '0311', words: 'Economics' },
      languages: ['en'],
      duration: { amount: 156, unit: 'weeks' },
      tuition: [
        { amount: 146_500, currency: 'AUD', period: 'total', audience: 'international', academicYear: null },
      ],
      requirements: null,
      admitted: null,
      deadlines: [],
      page: null,
      source: {
        name: 'cricos',
        licence: 'CC BY 2.5 AU',
        address: 'https://cricos.education.gov.au/',
        edition: 'May 2025',
      },
    })
    expect(programs[1]).toMatchObject({
      title: 'Master of Information, Data and Society',
      level: 'master',
      field: { isced: '061', words: 'Information Systems, n.e.c.' },
    })
    expect(programs[2]).toMatchObject({
      level: 'doctorate',
      field: { isced: null },
      tuition: [{ amount: 75_367.5 }],
    })
  })

  it('invents no tuition, no language and no duration', async () => {
    const programs = await read(cricos, 'cricos.csv')
    expect(programs[3]).toMatchObject({ level: 'other', tuition: [], languages: null })
    expect(programs[4]).toMatchObject({ level: 'other', tuition: [{ amount: 150 }], duration: null })
  })

  it('tells what is no sum, and which columns are missing', async () => {
    const path = join(folder, 'cricos.csv')
    const header =
      'Institution Name,CRICOS Course Code,Course Name,Field of Education 1 Detailed Field,Course Level,Course Language,Duration (Weeks),Tuition Fee,Expired'
    await writeFile(path, `${header}\nA,1,T,,,,52,"$1.000,00",No\n`)
    expect(await refusal(cricos, path)).toBe(`${path}, line 2: "$1.000,00" is no sum.`)
    await writeFile(path, 'Institution Name,Expired\nA,No\n')
    expect(await refusal(cricos, path)).toMatch(/lacks the columns CRICOS Course Code, Course Name, /)
  })
})

describe('the importer of Parcoursup', () => {
  it('reads places, access rates and the mentions as grades, and takes the edition from the session', async () => {
    const [law, trade, empty] = await read(parcoursup, 'parcoursup.csv', '')
    expect(law).toMatchObject({
      sourceId: '99001',
      institution: "Université d'Exemple",
      country: 'FR',
      city: 'Paris 5e Arrondissement',
      title: 'Licence - Droit',
      level: 'bachelor',
      field: { isced: '0421', words: 'Droit' },
      languages: null,
      tuition: [],
      admitted: {
        accessRate: 0.51,
        year: '2025',
        gradeBands: [
          { from: 10, to: 12, share: 0.52 },
          { from: 12, to: 14, share: 0.33 },
          { from: 14, to: 16, share: 0.05 },
          { from: 16, to: 18, share: 0.05 },
          { from: 18, to: 20, share: 0 },
        ],
      },
      source: { name: 'parcoursup', licence: 'Licence Ouverte 2.0', edition: 'session 2025' },
    })
    expect(law?.page).toMatch(/g_ta_cod=99001/)
    expect(trade).toMatchObject({
      country: 'GP',
      level: 'other',
      field: { isced: '0713' },
      admitted: { accessRate: 1 },
    })
    expect(empty).toMatchObject({ field: { isced: null }, admitted: { accessRate: null, gradeBands: null } })
  })
})

describe('the importer of Discover Uni', () => {
  it('joins three files, and takes the tariff of a course alone, not that of its subject', async () => {
    const [law, drama, early, welsh] = await read(discoverUni, join('discover-uni', 'KISCOURSE.csv'))
    expect(law).toMatchObject({
      sourceId: '99000001/99000001/K00001/01',
      institution: 'The University of Example',
      country: 'GB',
      city: null,
      title: 'Law',
      level: 'bachelor',
      page: 'https://www.example.ac.uk/law',
      duration: null,
      tuition: [],
      admitted: { year: '2022-23', accessRate: null, gradeBands: null },
    })
    const bands = law?.admitted?.tariffBands
    expect([bands?.length, bands?.[0], bands?.[13]]).toEqual([
      14,
      { from: 1, to: 48, share: 0.04 },
      { from: 240, to: null, share: 0 },
    ])
    expect(drama).toMatchObject({ title: 'Drama, Film and English', admitted: null })
    expect(law?.field).toEqual({ isced: null, words: null })
    expect(drama?.field).toEqual({ isced: '02', words: 'English studies; performing arts' })
    expect(early).toMatchObject({ institution: 'Example College', level: 'other', admitted: null })
    expect(welsh).toMatchObject({ title: 'Cymraeg', sourceId: '99000002/99000001/CYM-1/02' })
  })

  it('takes the subjects of SBJ.csv where it is there, and the field that holds all of a course', async () => {
    const course = (id: string) => `1,1,${id},01,,Title ${id},,03\n`
    const write = (name: string, content: string) => writeFile(join(folder, name), content)
    const header = 'PUBUKPRN,UKPRN,KISCOURSEID,KISMODE'
    await write('INSTITUTION.csv', 'PUBUKPRN,LEGAL_NAME,FIRST_TRADING_NAME\n1,A University,\n')
    // No field holds all of them, or nobody says which: a code of HECoS is none of the hierarchy.
    const fieldless = '1,1,G,01,CAH02-06\n1,1,H,01,CAH02-06-05\n1,1,I,01,CAH26-01-04\n1,1,J,01,100390\n'
    await write(
      'SBJ.csv',
      `${header},SBJ\n1,1,A,01,CAH11-01-01\n1,1,B,01,CAH01-01-02\n1,1,C,01,CAH16-01\n1,1,C,01,CAH23-01-01\n1,1,D,01,CAH99-01\n1,1,E,01,CAH15-02\n1,1,E,01,CAH17-01\n${fieldless}`,
    )
    const path = join(folder, 'KISCOURSE.csv')
    const ids = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J']
    await writeFile(path, `${header},CRSEURL,TITLE,TITLEW,KISLEVEL\n${ids.map(course).join('')}`)
    const fields = (await read(discoverUni, path)).map(({ field }) => [field.isced, field.words])
    await rm(join(folder, 'INSTITUTION.csv'))
    expect(fields).toEqual([
      ['061', 'computing'],
      ['0912', 'medicine and dentistry'],
      [null, 'law; combined and general studies'],
      [null, null],
      [null, 'economics; business and management'],
      [null, null],
      [null, 'allied health'],
      ['0915', 'allied health'],
      [null, 'geography, earth and environmental studies'],
      [null, null],
    ])
  })

  it('asks for the file that names institutions', async () => {
    const path = join(folder, 'KISCOURSE.csv')
    await writeFile(path, 'PUBUKPRN,UKPRN,KISCOURSEID,KISMODE,CRSEURL,TITLE,TITLEW,KISLEVEL\n')
    expect(await refusal(discoverUni, path)).toMatch(/INSTITUTION\.csv is missing/)
  })
})

describe('the importer of the College Scorecard', () => {
  it('reads institutions with what residents and others pay, and knows nothing where a cell says so', async () => {
    const [state, college, island] = await read(scorecard, 'scorecard.csv')
    expect(state).toMatchObject({
      sourceId: '990001',
      country: 'US',
      city: 'Exampleville',
      level: null,
      tuition: [
        { amount: 10_024, currency: 'USD', period: 'year', audience: 'domestic' },
        { amount: 18_634, currency: 'USD', period: 'year', audience: 'all' },
      ],
      admitted: { accessRate: 0.8965, gradeBands: null },
      page: 'https://www.example.edu/',
    })
    expect(college).toMatchObject({
      tuition: [{ amount: 6_950, audience: 'all' }],
      admitted: { accessRate: null },
    })
    expect(island).toMatchObject({ country: 'PR', tuition: [], page: null })
  })

  it('makes a program of each degree that the file says is offered', async () => {
    const programs = await read(scorecard, 'scorecard-degrees.csv')
    expect(programs.map(({ sourceId, level, field }) => [sourceId, level, field.isced])).toEqual([
      ['990001-CIP11BACHL', 'bachelor', '061'],
      ['990001-CIP42BACHL', 'bachelor', '0313'],
    ])
  })
})
