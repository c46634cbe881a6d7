import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { currentTime, MAX_ZONE_LENGTH } from '../../../../worker/services/agent-tools/current-time.ts'
import { contextOf, textOf } from './samples.ts'

describe('current_time', () => {
  it.each([
    [undefined, /29 November 2026.*14:30:05 UTC \(UTC\)/],
    ['Asia/Seoul', /29 November 2026.*23:30:05 GMT\+9 \(Asia\/Seoul\)/],
    ['seoul', /23:30:05/],
    ['New York', /09:30:05 GMT-5 \(America\/New_York\)/],
    ['Asia/Kathmandu', /20:15:05/],
    ['EST5EDT', /09:30:05/],
  ])('tells the time in %s', async (zone, words) => {
    expect(await textOf(currentTime, zone === undefined ? {} : { time_zone: zone })).toMatch(words)
  })

  it('tells the same moment as values', async () => {
    const { data } = await currentTime.run({ time_zone: 'Asia/Seoul' }, contextOf())
    expect(data).toMatchObject({ iso: '2026-11-29T14:30:05.000Z', time_zone: 'Asia/Seoul' })
  })

  it.each(['Atlantis', 'Asia/', '../etc/passwd', '__proto__'])(
    'says that %s is no time zone',
    async (zone) => {
      await expect(textOf(currentTime, { time_zone: zone })).rejects.toThrow(
        `There is no time zone "${zone}".`,
      )
    },
  )

  it('takes a name of the most characters, and none of one more', () => {
    const parses = (length: number) =>
      currentTime.arguments.safeParse({ time_zone: 'a'.repeat(length) }).success
    expect([parses(MAX_ZONE_LENGTH), parses(MAX_ZONE_LENGTH + 1)]).toEqual([true, false])
  })
})
