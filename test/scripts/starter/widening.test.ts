import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { linesOf, STAGES } from '../../../scripts/starter/corpus.ts'
import { madeUpKind } from '../../../scripts/starter/families/made-up.ts'
import { cityOf, nameOf } from '../../../scripts/starter/families/people.ts'
import { aboutPassages, rememberingMuch } from '../../../scripts/starter/families/talks.ts'
import { choosingOften, NO_TOOL, readingOften } from '../../../scripts/starter/families/tools.ts'
import { kernelOf } from '../../../scripts/starter/rephrasing.ts'
import { type Frames, Source, type Split, type Width } from '../../../scripts/starter/source.ts'
import type { Talk } from '../../../scripts/starter/talk.ts'
import { NOUNS } from '../../../scripts/starter/world/made-up-nouns.ts'
import { HELD_NAMES, NAMES } from '../../../scripts/starter/world/names.ts'
import { SMALL_TALK } from '../../../scripts/starter/world/small-talk.ts'
import { CITIES, HELD_CITIES, HELD_TOPICS, TOPICS } from '../../../scripts/starter/world/things.ts'
import { MADE_UP_REQUESTS_REST } from '../../../scripts/starter/world/tools/made-up-requests-rest.ts'
import { madeUpTool } from '../../../scripts/starter/world/tools/made-up-tools.ts'
import { PRODUCT_TOOLS } from '../../../scripts/starter/world/tools/product-tools.ts'
import { TRAITS } from '../../../scripts/starter/world/traits/traits.ts'

const WORLD = new URL('../../../scripts/starter/world/', import.meta.url)

const isFrames = (value: object): value is Frames => 'train' in value && 'held' in value

/** All ways to say something that a module of the world has anywhere in it. */
function framesIn(value: unknown, known = new Set<object>()): Frames[] {
  if (typeof value !== 'object' || value === null || known.has(value)) return []
  known.add(value)
  return [
    ...(isFrames(value) ? [value] : []),
    ...Object.values(value).flatMap((part) => framesIn(part, known)),
  ]
}

const modules = readdirSync(fileURLToPath(WORLD), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .toSorted()

describe('what is learned later', () => {
  it.each(modules)('is said in no way that is only measured, nor again as before: %s', async (path) => {
    const frames = framesIn(await import(new URL(path, WORLD).href))
    for (const { train, later = [], last = [], rest = [], held } of frames) {
      const known = new Set([...train, ...held].map(kernelOf))
      expect(later.filter((way) => known.has(kernelOf(way)))).toEqual([])
      for (const way of later) known.add(kernelOf(way))
      expect(last.filter((way) => known.has(kernelOf(way)))).toEqual([])
      expect(new Set(last.map(kernelOf)).size).toBe(last.length)
      for (const way of last) known.add(kernelOf(way))
      expect(rest.filter((way) => known.has(kernelOf(way)))).toEqual([])
      expect(new Set(rest.map(kernelOf)).size).toBe(rest.length)
    }
  })

  const frames = {
    train: ['first'],
    later: ['then'],
    last: ['at last'],
    rest: ['and the rest'],
    held: ['measured'],
  }

  it('is said by lessons that widen, beside what was learned before', () => {
    expect(new Source(1, 'train', { width: 'whole' }).waysOf(frames)).toEqual([
      ...['first', 'then', 'at last', 'and the rest'],
    ])
    expect(new Source(1, 'train', { width: 'widest' }).waysOf(frames)).toEqual(['first', 'then', 'at last'])
    expect(new Source(1, 'train', { width: 'wide' }).waysOf(frames)).toEqual(['first', 'then'])
    expect(new Source(1, 'train').waysOf(frames)).toEqual(['first'])
  })

  it('is said by nobody who measures', () => {
    expect(new Source(1, 'held', { width: 'whole' }).waysOf(frames)).toEqual(['measured'])
  })

  it('comes in the stages that widen, and in none before them', () => {
    const later = new Set(SMALL_TALK.flatMap((saying) => saying.later ?? []))
    const widen = STAGES.map((stage) => {
      const text = [...linesOf({ ...stage, talks: 400 }, 1)].join('\n')
      return [...later].some((way) => text.includes(JSON.stringify(way)))
    })
    expect(widen).toEqual(STAGES.map(({ manner }) => manner.width !== 'narrow'))
  })
})

describe('made-up tools', () => {
  const requestsOf = (split: Split, width: Width) => {
    const source = new Source(4, split, { width })
    return madeUpTool(source).asked
  }

  it('are asked for in all ways where a lesson has them all, and in none that is measured', () => {
    expect(requestsOf('train', 'widest').rest).toEqual([])
    const { train, later = [], rest = [], held } = requestsOf('train', 'whole')
    expect(rest).toHaveLength(MADE_UP_REQUESTS_REST.length)
    const [, verb = '', thing = ''] = /^Please (\S+) the (\S+?)[ .]/.exec(train[0] ?? '') ?? []
    const bare = (frame: string) =>
      kernelOf(frame.replace(verb, 'do').replace(thing, 'it')).split(' it')[0]?.trim()
    const others = new Set([...train, ...later, ...held].map(bare))
    expect(rest.map(bare).filter((way) => others.has(way))).toEqual([])
  })

  it('are measured by requests that no lesson has', () => {
    expect(requestsOf('held', 'whole').rest).toEqual([])
  })
})

describe('names and subjects that are coined', () => {
  const coined = (split: Split, coins: boolean) => {
    const source = new Source(5, split, { width: 'widest', coins })
    const query = PRODUCT_TOOLS.find(({ name }) => name === 'web_search')?.parameters[0]
    return Array.from({ length: 400 }, () => [nameOf(source), cityOf(source), String(query?.value(source))])
  }
  const known = new Set<string>([
    ...NAMES,
    ...HELD_NAMES,
    ...CITIES,
    ...HELD_CITIES,
    ...TOPICS,
    ...HELD_TOPICS,
  ])
  const unknownShares = (rows: string[][]) =>
    [0, 1, 2].map((place) => rows.filter((row) => !known.has(row[place] ?? '')).length / rows.length)

  it('are many where a lesson coins', () => {
    const [usualName = 1, usualCity = 1, usualSubject = 1] = unknownShares(coined('train', false))
    const [name = 0, city = 0, subject = 0] = unknownShares(coined('train', true))
    expect(usualSubject).toBe(0)
    expect(subject).toBeGreaterThan(0.4)
    expect(name).toBeGreaterThan(usualName + 0.1)
    expect(city).toBeGreaterThan(usualCity + 0.1)
  })

  it('are none where it is measured', () => {
    expect(unknownShares(coined('held', true))).toEqual([0, 0, 0])
  })
})

describe('tools that are not there', () => {
  const talksWith = (missing: number) =>
    Array.from({ length: 60 }, (_, seed) =>
      choosingOften(new Source(seed, 'train', { width: 'narrow', absentShare: 0.6 }), 4, [12, 12], missing),
    )
  const asked = ({ turns, tools = [] }: Talk) => {
    const names = new Set(tools.map(({ name }) => name))
    expect(turns.flatMap(({ call }) => call?.name ?? []).filter((name) => !names.has(name))).toEqual([])
    return turns.filter(({ content }) => content === NO_TOOL).length
  }

  it('are asked for as often, of many as of few', () => {
    const total = (missing: number) => talksWith(missing).reduce((sum, talk) => sum + asked(talk), 0)
    expect(total(6) / total(2)).toBeGreaterThan(0.85)
    expect(total(6) / total(2)).toBeLessThan(1.15)
    expect(total(2)).toBeGreaterThan(60 * 12 * 0.5)
  })
})

describe('what nobody has heard of', () => {
  it('has many things said of it, each once, and no answer to them by heart', () => {
    const source = new Source(1, 'train', { width: 'wide' })
    const kinds = Array.from({ length: 50 }, () => madeUpKind(source))
    for (const { attributes } of kinds) {
      expect(attributes.length).toBeGreaterThan(2)
      expect(new Set(attributes.map(({ answer }) => answer)).size).toBe(attributes.length)
    }
    const values = kinds.flatMap(({ attributes }) => attributes.map(({ value }) => value(source)))
    expect(new Set(values).size).toBeGreaterThan(values.length / 2)
  })

  it('is told, asked for and read of by lessons that widen alone', () => {
    const own = new Set(Object.values(TRAITS).map(({ noun }) => noun))
    const answersOf = (width: 'narrow' | 'wide') => {
      const source = new Source(2, 'train', { width })
      const talks = Array.from({ length: 60 }, () => [
        rememberingMuch(source, 0, 0),
        aboutPassages(source, 0, 0, [2, 4]),
      ])
      return talks
        .flat()
        .flatMap(({ turns }) => turns.flatMap((turn) => (turn.role === 'assistant' ? turn.content : [])))
    }
    const isMadeUp = (answer: string) =>
      NOUNS.some((noun) => !own.has(noun) && new RegExp(`^(?:Your|Its) ${noun} is `).test(answer))
    expect(answersOf('narrow').filter(isMadeUp)).toEqual([])
    expect(answersOf('wide').filter(isMadeUp).length).toBeGreaterThan(20)
  })

  it('bears no name of what is measured', () => {
    const own = Object.values(TRAITS).map(({ noun }) => noun)
    expect(NOUNS.filter((noun) => own.includes(noun))).toEqual([])
    expect(new Set(NOUNS).size).toBe(NOUNS.length)
  })
})

describe('the results of tools in any words', () => {
  const talks = Array.from({ length: 200 }, (_, seed) => readingOften(new Source(seed, 'train'), 4, [2, 6]))
  const told = talks.flatMap(({ turns }) =>
    turns.flatMap((turn, place) => (turn.role === 'tool' ? [[turn.content, turns[place + 1]?.content]] : [])),
  )

  it('are asked for more than once in a talk', () => {
    expect(Math.min(...talks.map(({ turns }) => turns.length / 4))).toBe(2)
    expect(Math.max(...talks.map(({ turns }) => turns.length / 4))).toBe(6)
  })

  it('are sentences more often than not, which are told as they stand', () => {
    const asTheyStand = told.filter(([content, answer]) => content === answer)
    expect(asTheyStand.length).toBeGreaterThan(told.length * 0.6)
    expect(new Set(asTheyStand.map(([content]) => content)).size).toBeGreaterThan(asTheyStand.length * 0.95)
  })
})

describe('what was never said', () => {
  const absentIn = (source: Source) => {
    const talks = Array.from({ length: 150 }, () => [
      rememberingMuch(source, 0, 0),
      aboutPassages(source, 0, 0, [3, 6]),
    ])
    const answers = talks
      .flat()
      .flatMap(({ turns }) => turns.flatMap(({ role, content }) => (role === 'assistant' ? content : [])))
      .filter((answer) => !/^(?:I will remember|Nice to meet)/.test(answer))
    return answers.filter((answer) => /have not told|does not say/.test(answer)).length / answers.length
  }

  it('is asked for as often as a lesson wants', () => {
    const usual = absentIn(new Source(3, 'train'))
    const doubting = absentIn(new Source(3, 'train', { width: 'narrow', absentShare: 0.5 }))
    expect(usual).toBeLessThan(0.25)
    expect(doubting).toBeGreaterThan(0.3)
  })

  it('is asked for as people do where it is measured', () => {
    expect(new Source(1, 'held', { width: 'wide', absentShare: 0.5 }).absentShare(0.1)).toBe(0.1)
    expect(new Source(1, 'train', { width: 'wide', absentShare: 0.5 }).absentShare(0.1)).toBe(0.5)
  })
})
