import { join } from 'node:path'
import { z } from 'zod'
import { PlainFailure } from '../plain-failure.ts'
import { type CatalogueEdge, type Imported, sendRows } from './import.ts'
import { cricos } from './registers/cricos.ts'
import { discoverUni } from './registers/discover-uni.ts'
import { parcoursup } from './registers/parcoursup.ts'
import type { Register, RegisterRow } from './registers/register.ts'
import { scorecard } from './registers/scorecard.ts'

export const SEED_FOLDER = join(import.meta.dirname, 'seed')

/** The seed's files, each a few rows of a register in the register's own form. `NOTICE.md` beside them says whose they are. */
export const SEED_FILES: readonly { register: Register; path: string; edition: string }[] = [
  { register: cricos, path: 'cricos.csv', edition: 'not stated by the copy that was read' },
  { register: parcoursup, path: 'parcoursup.csv', edition: '' },
  {
    register: discoverUni,
    path: join('discover-uni', 'KISCOURSE.csv'),
    edition: 'not stated by the copy that was read; entrants of 2021-23',
  },
  { register: scorecard, path: 'scorecard.csv', edition: 'not stated by the copy that was read' },
]

/** All rows of the seed. */
export async function* seedRows(): AsyncGenerator<RegisterRow, void, void> {
  for (const { register, path, edition } of SEED_FILES) yield* register.read(join(SEED_FOLDER, path), edition)
}

/** Loads the seed, as often as one likes. */
export const loadSeed = (edge: CatalogueEdge, signal?: AbortSignal): Promise<Imported> =>
  sendRows(edge, seedRows(), signal)

const Catalogue = z.object({ catalogue_version: z.int() })

/** Loads the seed into a catalogue that never had a program: what was deleted from one stays away. */
export async function seedEmptyCatalogue(edge: CatalogueEdge, signal?: AbortSignal): Promise<void> {
  const response = await fetch(`${edge.origin}/v1/programs?limit=1`, {
    headers: { authorization: `Bearer ${edge.apiKey}` },
    ...(signal && { signal }),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new PlainFailure(`The edge answered ${response.status} when it was asked for its catalogue.`)
  }
  if (Catalogue.parse(await response.json()).catalogue_version === 0) await loadSeed(edge, signal)
}
