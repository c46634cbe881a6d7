import { z } from 'zod'
import { Region } from '../../../shared/node.ts'

const Place = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(Region)
  .optional()
  .catch(undefined)

/** Where a request came in, as Cloudflare says it; elsewhere nothing is said. */
const Origin = z
  .object({ colo: Place, country: Place, continent: Place })
  .partial()
  .catch({ colo: undefined, country: undefined, continent: undefined })

/** Regions that would be a caller's own, the nearest first: its data centre, its country, its continent. */
export function placesOf(origin: unknown): string[] {
  const { colo, country, continent } = Origin.parse(origin ?? {})
  return [colo, country, continent].flatMap((place) => place ?? [])
}

/** The region of a node that names none; undefined where nothing is known of where it dials from. */
export const continentOf = (origin: unknown): string | undefined => Origin.parse(origin ?? {}).continent
