import { Readable } from 'node:stream'
import { z } from 'zod'
import { toAppError } from '../../shared/errors.ts'
import { toOuterNames } from '../../worker/services/advising/catalogue/field-names.ts'
import { MAX_FAULTS, Program } from '../../worker/services/advising/catalogue/program.ts'
import { PlainFailure } from '../plain-failure.ts'
import type { RegisterRow } from './registers/register.ts'

/** Where programs go, and by which administrator's key. */
export interface CatalogueEdge {
  origin: string
  apiKey: string
}

const Imported = z.object({
  added: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  catalogue_version: z.int(),
})
export type Imported = z.infer<typeof Imported>

/** Reads all rows once and throws a `PlainFailure` with their faults by line; returns how many there are. */
export async function checkRows(rows: AsyncIterable<RegisterRow>): Promise<number> {
  const faults: string[] = []
  let count = 0
  try {
    for await (const { line, program } of rows) {
      count += 1
      const [issue] = Program.safeParse(program).error?.issues ?? []
      if (issue) faults.push(`line ${line}: ${issue.path.join('.')}: ${issue.message}`)
      if (faults.length >= MAX_FAULTS) break
    }
  } catch (thrown) {
    if (thrown instanceof PlainFailure) throw thrown
    const { code, message } = toAppError(thrown)
    if (code === 'internal') throw thrown
    throw new PlainFailure(message)
  }
  if (faults.length > 0) throw new PlainFailure(`Nothing was imported.\n${faults.join('\n')}`)
  return count
}

async function* linesOf(rows: AsyncIterable<RegisterRow>): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder()
  for await (const { program } of rows) yield encoder.encode(`${JSON.stringify(toOuterNames(program))}\n`)
}

/** Sends rows to the edge's catalogue as they are read. Throws a `PlainFailure` with what the edge says. */
export async function sendRows(
  { origin, apiKey }: CatalogueEdge,
  rows: AsyncIterable<RegisterRow>,
  signal?: AbortSignal,
): Promise<Imported> {
  const response = await fetch(`${origin}/v1/programs/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(linesOf(rows))),
    duplex: 'half',
    ...(signal && { signal }),
  })
  const text = await response.text()
  if (response.status !== 200) {
    throw new PlainFailure(`The edge answered ${response.status} to the import: ${text.slice(0, 2_000)}`)
  }
  return Imported.parse(JSON.parse(text))
}
