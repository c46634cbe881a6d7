import { describe, expect, it } from 'vitest'
import { MAX_MODEL_ID_LENGTH, MAX_MODEL_NAME_LENGTH } from '../../../../shared/node.ts'
import { checkSuffix, nameAt, stemsOf } from '../../../../worker/services/models/tuned-name.ts'

const JOB = '6a0b1c2d0123456789abcdef'

describe('the names of a job’s models', () => {
  it('are its suffix, then its suffix with a short id of the job, then with the whole one', () => {
    expect(stemsOf('m', 'tutor', JOB)).toEqual(['m:tutor', 'm:tutor-89abcdef', `m:tutor-${JOB}`])
  })

  it('are ids of the job where it has no suffix', () => {
    expect(stemsOf('m', null, JOB)).toEqual(['m:89abcdef', `m:${JOB}`])
  })

  it('have the step of a checkpoint behind them', () => {
    expect(nameAt('m:tutor', null)).toBe('m:tutor')
    expect(nameAt('m:tutor', 40)).toBe('m:tutor.step-40')
  })

  it('can be called, however long base and suffix are: the suffix gives way', () => {
    const base = 'b'.repeat(MAX_MODEL_ID_LENGTH)
    const stems = stemsOf(base, 's'.repeat(64), JOB)
    const names = stems.map((stem) => nameAt(stem, 999_999_999))
    expect(Math.max(...names.map(({ length }) => length))).toBe(MAX_MODEL_NAME_LENGTH)
    expect(new Set(stems).size).toBe(3)
    for (const stem of stems) expect(stem.startsWith(`${base}:s`)).toBe(true)
  })
})

describe('a suffix', () => {
  it.each(['tutor', 'v1.2-b_c', 'x'.repeat(64), 'ft-mine', 'step-40', `ft-${'0'.repeat(23)}`])(
    'may be %s',
    (suffix) => expect(() => checkSuffix(suffix)).not.toThrow(),
  )

  it.each([
    ['', 'empty'],
    ['x'.repeat(65), 'too long'],
    ['a:b', 'with a colon'],
    ['-a', 'that begins with a dash'],
    ['Ж', 'of other letters'],
    [`ft-${JOB}`, 'that is the nodes’ own'],
    ['tutor.step-4', 'that is a checkpoint’s'],
  ])('is not %j: %s', (suffix) => {
    expect(() => checkSuffix(suffix)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'suffix' }),
    )
  })
})
