import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import type { Tool } from './tool.ts'

/** Longest name of a time zone, in characters. */
export const MAX_ZONE_LENGTH = 64

const Arguments = z.strictObject({
  time_zone: z
    .string()
    .min(1)
    .max(MAX_ZONE_LENGTH)
    .describe('A place of the IANA list such as Asia/Seoul, or a city. UTC where none is named.')
    .optional(),
})

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/g, '_')

/** The zone of a name: as the IANA list spells it, or the last part of one, which is a city. */
export function timeZoneOf(name: string): string | undefined {
  const wanted = plain(name.trim())
  const zones = Intl.supportedValuesOf('timeZone')
  const known = zones.find((zone) => plain(zone) === wanted || plain(zone).endsWith(`/${wanted}`))
  if (known !== undefined) return known
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name.trim() }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

/** The time of day of a place, by the clock of the edge. */
export const currentTime: Tool<z.infer<typeof Arguments>> = {
  name: 'current_time',
  description: 'Tells the date and the time now, in a time zone.',
  arguments: Arguments,
  effect: 'reads',
  brings: 'own words',
  limitMs: 1_000,
  offered: async () => undefined,
  async run({ time_zone: named = 'UTC' }, { now }) {
    const timeZone = timeZoneOf(named)
    if (timeZone === undefined)
      throw new AppError('invalid_request', `There is no time zone ${JSON.stringify(named)}.`, {
        param: 'time_zone',
      })
    const at = new Date(now())
    const words = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'long' }).format(
      at,
    )
    return { text: `${words} (${timeZone})`, data: { iso: at.toISOString(), time_zone: timeZone, words } }
  },
}
