import { describe, expect, it } from 'vitest'
import type { Block, DocumentPage } from '../../../../../shared/document-page.ts'
import { MAX_PROPOSED_GRADES, proposalOf } from '../../../../../worker/services/advising/grades/proposal.ts'
import { MAX_SUBJECT_LENGTH } from '../../../../../worker/services/advising/grades/written-grades.ts'

async function* pagesOf(...pages: Block[][]): AsyncGenerator<DocumentPage, void, void> {
  for (const [index, blocks] of pages.entries()) yield { page: index + 1, blocks, usable: true }
}
const text = (paragraph: string): Block => ({ kind: 'paragraph', text: paragraph })
const table = (...rows: string[][]): Block => ({ kind: 'table', rows })
const proposed = (...blocks: Block[]) => proposalOf(pagesOf(blocks))
const short = async (...blocks: Block[]) => {
  const { grades, outOf } = await proposed(...blocks)
  return [outOf, ...grades.map(({ subjectName, grade, weight }) => [subjectName, grade, weight])]
}

describe('grades of a transcript', () => {
  it('are those of running text that name their scale, with weights and the words that say so', async () => {
    const paragraph = 'Mathematics: 18.5 / 20 Physics 17/20 (coefficient 3) History ........ 12,5 / 20'
    expect(await proposed(text(paragraph), text('General average 15.5 / 20'))).toEqual({
      outOf: 20,
      unreadPages: [],
      gpa: { value: 15.5, page: 1, text: 'General average 15.5 / 20' },
      grades: [
        { subjectName: 'Mathematics', grade: 18.5, weight: null, page: 1, text: 'Mathematics: 18.5 / 20' },
        { subjectName: 'Physics', grade: 17, weight: 3, page: 1, text: 'Physics 17/20 (coefficient 3)' },
        { subjectName: 'History', grade: 12.5, weight: null, page: 1, text: 'History ........ 12,5 / 20' },
      ],
    })
  })

  it('are those of tables, by the names of the columns and the scale that one of these states', async () => {
    const rows = [
      ['Code', 'Matière', 'Coefficient', 'Note (/20)', 'Rank'],
      ['M1', 'Mathématiques', '4', '18,5', '3'],
      ['P1', 'Physique', '3', '17', '12'],
      ['H1', 'Histoire', '2', 'absent', ''],
    ]
    expect(await short(table(...rows))).toEqual([20, ['Mathématiques', 18.5, 4], ['Physique', 17, 3]])
  })

  it('are those of two columns without names, and of none of several numbers', async () => {
    expect(await short(table(['Mathematics', '18.5'], ['Physics', '17']))).toEqual([
      null,
      ['Mathematics', 18.5, null],
      ['Physics', 17, null],
    ])
    expect(await short(table(['Mathematics', '18.5', '4']))).toEqual([null])
    expect(await short(table(['Mathematics', '4', '90%']))).toEqual([100, ['Mathematics', 90, null]])
  })

  it('are on one scale: a hundred where a transcript states several, without those that state none', async () => {
    expect(await short(text('Law 8/10 Art 17/20'), text('Music 15'))).toEqual([
      100,
      ['Law', 80, null],
      ['Art', 85, null],
    ])
    expect(await short(text('Law 18/20'), text('Music 15'))).toEqual([20, ['Law', 18, null]])
  })

  it.each([
    'Date 12/05/2024',
    'Academic year 2023/24',
    'Page 3/12',
    'Semester 2',
    'Born on 12.05.2004',
    'Mathematics A+',
    'Mathematics 21/20',
    'Mathematics 5/0',
    '18/20',
    'Student 12',
    'Mathematics 1234',
    `${'x'.repeat(MAX_SUBJECT_LENGTH + 1)} 18/20`,
  ])('are not in %j', async (line) => {
    expect((await proposed(text(line))).grades).toEqual([])
  })

  it(`have names of ${MAX_SUBJECT_LENGTH} characters, without markup and without what nobody sees`, async () => {
    const longest = 'x'.repeat(MAX_SUBJECT_LENGTH)
    expect(await short(text(`${longest} 18/20`))).toEqual([20, [longest, 18, null]])
    const [, [name] = []] = (await short(text('<script>alert(1)</script>La\u202ew 18/20'))) as [
      number,
      string[],
    ]
    expect(name).not.toMatch(/[<>\u202e]/)
    expect(name).toMatch(/w$/)
  })

  it(`are at most ${MAX_PROPOSED_GRADES}`, async () => {
    const rows = (count: number) =>
      table(...Array.from({ length: count }, (_, index) => [`Subject ${'x'.repeat(index % 50)}`, '12/20']))
    expect((await proposed(rows(MAX_PROPOSED_GRADES))).grades).toHaveLength(MAX_PROPOSED_GRADES)
    expect((await proposed(rows(MAX_PROPOSED_GRADES + 1))).grades).toHaveLength(MAX_PROPOSED_GRADES)
  })

  it('are none of an average that is out of anything but 20, and pages without text are named', async () => {
    async function* pages(): AsyncGenerator<DocumentPage, void, void> {
      yield { page: 1, blocks: [text('GPA 3.7/4.0')], usable: true }
      yield { page: 2, blocks: [], usable: false, reason: 'no_text' }
    }
    expect(await proposalOf(pages())).toEqual({ outOf: null, grades: [], gpa: null, unreadPages: [2] })
  })

  it('are read in a moment from a line that was made to take long', async () => {
    for (const hostile of [
      '1'.repeat(100_000),
      'a '.repeat(50_000),
      '1/'.repeat(50_000),
      '1 / '.repeat(25_000),
      ' '.repeat(100_000),
    ])
      expect((await proposed(text(hostile))).grades.length).toBeLessThanOrEqual(MAX_PROPOSED_GRADES)
  }, 5_000)
})
