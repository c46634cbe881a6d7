import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Lesson } from '../../../gpu-node/trainer/samples/lesson.ts'
import { LessonIndex } from '../../../gpu-node/trainer/samples/lesson-index.ts'
import { type Line, LineFile, linesOf } from '../../../gpu-node/trainer/samples/line-file.ts'
import { scratchFile } from './training-world.ts'

function fileOf(text: string): string {
  const path = scratchFile('jsonl')
  writeFileSync(path, text)
  return path
}

/** Each word of a line is a lesson of its own: its letters. */
const lessonsOf = (line: string): Lesson[] =>
  line
    .split(' ')
    .map((word) => ({ sample: { tokens: [...word].map((each) => each.charCodeAt(0)), weights: [] } }))

async function allLinesOf(path: string): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of linesOf(path)) lines.push(line)
  return lines
}

const words = (lesson: Lesson | undefined) => String.fromCharCode(...(lesson?.sample.tokens ?? []))

describe('lines of a file', () => {
  it('are told with their places, by which they are read again', async () => {
    const path = fileOf('one\r\n\nzwölf äöü\nlast')
    const lines = await allLinesOf(path)
    expect(lines.map(({ text }) => text)).toEqual(['one\r', '', 'zwölf äöü', 'last'])
    const file = new LineFile(path)
    expect(lines.map((line) => file.read(line))).toEqual(lines.map(({ text }) => text))
    file.close()
  })

  it('are whole where they are longer than a piece of the file', async () => {
    const long = 'é'.repeat(100_000)
    const lines = await allLinesOf(fileOf(`${long}\n${long}x\n`))
    expect(lines.map(({ text }) => text)).toEqual([long, `${long}x`])
  })
})

describe('the lessons of a file', () => {
  it.each([
    ['stay in memory where they are few', 100, 0],
    ['are read again where they are not', 0, 4],
    ['stay up to the last that fits, and others are read again', 5, 1],
  ])('%s', async (_, keptTokens, readAgain) => {
    let again = 0
    const index = await LessonIndex.read({
      path: fileOf('ab cd\n\nx\nabc\n'),
      keptTokens,
      lessonsOf: (line, _number, isFirst) => {
        again += isFirst ? 0 : 1
        return lessonsOf(line)
      },
    })
    expect(Array.from({ length: index.length }, (_, place) => words(index.at(place)))).toEqual([
      ...['ab', 'cd', 'x', 'abc'],
    ])
    expect(again).toBe(readAgain)
    expect(index.at(4)).toBeUndefined()
    index.close()
  })

  it('are told apart by their words', async () => {
    const index = await LessonIndex.read({ path: fileOf('ab cd\nab'), lessonsOf })
    const [first, second, third] = index.hashes
    expect(first).toBe(third)
    expect(first).not.toBe(second)
    index.close()
  })

  it('are as many as the file has, beyond the room that there was for their places at first', async () => {
    const count = 5_000
    const path = fileOf(Array.from({ length: count }, (_, line) => `w${line}`).join('\n'))
    const index = await LessonIndex.read({ path, lessonsOf, keptTokens: 0 })
    expect(index.length).toBe(count)
    expect(words(index.at(count - 1))).toBe(`w${count - 1}`)
    index.close()
  })
})
