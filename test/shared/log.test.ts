import { describe, expect, it } from 'vitest'
import { createLogger, type LogLevel } from '../../shared/log.ts'

function setUp(base = {}) {
  const lines: { line: string; level: LogLevel }[] = []
  const log = createLogger(
    (line, level) => lines.push({ line, level }),
    base,
    () => 1_763_683_200_000,
  )
  return { log, lines, last: () => JSON.parse(lines.at(-1)?.line ?? 'null') }
}

describe('createLogger', () => {
  it.each(['info', 'warn', 'error'] as const)('writes one JSON object a line: %s', (level) => {
    const { log, lines, last } = setUp({ part: 'edge' })
    log[level]('it.happened', { count: 2, ok: true, name: null })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.level).toBe(level)
    expect(last()).toEqual({
      time: '2025-11-21T00:00:00.000Z',
      level,
      event: 'it.happened',
      part: 'edge',
      count: 2,
      ok: true,
      name: null,
    })
  })

  it('stays on one line, whatever is in a value', () => {
    const { log, lines, last } = setUp()
    log.info('x', { text: 'a\nb\r\n{"level":"error"}\u2028' })
    expect(lines[0]?.line).not.toMatch(/[\r\n]/)
    expect(last()).toMatchObject({ level: 'info', text: 'a\nb\r\n{"level":"error"}\u2028' })
  })

  it('leaves out what is undefined', () => {
    const { log, last } = setUp()
    log.info('x', { gone: undefined })
    expect(last()).not.toHaveProperty('gone')
  })

  it('hands its fields on to its children, and theirs win', () => {
    const { log, last } = setUp({ part: 'edge', node: 'none' })
    const child = log.child({ node: 'a' }).child({ link: 'l' })
    child.warn('x', { link: 'm' })
    expect(last()).toMatchObject({ level: 'warn', part: 'edge', node: 'a', link: 'm' })
    log.info('x')
    expect(last()).toMatchObject({ node: 'none' })
  })
})
