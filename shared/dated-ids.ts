import { isId } from './ids.ts'

const FORM = /^[a-z]+_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)_([0-9a-f]{16})$/

const seconds = (id: string): number => Number.parseInt(id.slice(0, 8), 16)

/**
 * The spelling of an id with a prefix (`job`, `ds`): when it was made (UTC, to the second, as the id itself has it), and its
 * random part.
 */
export function toDatedId(prefix: string, id: string): string {
  const [date = '', time = ''] = new Date(seconds(id) * 1_000).toISOString().split('T')
  return `${prefix}_${date.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}_${id.slice(8)}`
}

/** The id that it spells; undefined where it spells none. */
export function fromDatedId(prefix: string, text: string): string | undefined {
  const [, year, month, day, hour, minute, second, random] = FORM.exec(text) ?? []
  if (random === undefined) return undefined
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const id =
    Math.floor(at / 1_000)
      .toString(16)
      .padStart(8, '0') + random
  // A day that no month has would spell another one's id.
  return isId(id) && toDatedId(prefix, id) === text ? id : undefined
}
