import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDocx } from '../../../gpu-node/sandbox/docx/read-docx.ts'
import { Unreadable } from '../../../gpu-node/sandbox/file-fault.ts'
import { readPdf } from '../../../gpu-node/sandbox/pdf/read-pdf.ts'
import { cell, docxOf, paragraph, table } from '../../support/docx-file.ts'
import { linesAt, pdfOf } from '../../support/pdf-file.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { pagesOf } from './told.ts'

/** Of each format. */
const FILES = timesOf(40, 1_000)

const printed = new Uint8Array(readFileSync('test/fixtures/documents/printed.pdf'))
const small = pdfOf([{ drawing: linesAt(72, 700, ['One line.', 'And another.']) }, {}])
const docx = docxOf(paragraph('A title', { style: 'Title' }) + table([[cell('a'), cell('b')]]), {
  notes: ['x'],
})

/** Bytes that are changed, cut out, doubled, or missing at the end. */
const mutations = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 40 }),
  cut: fc.option(fc.tuple(fc.nat(), fc.nat(200)), { freq: 3 }),
  doubled: fc.option(fc.tuple(fc.nat(), fc.nat(200)), { freq: 3 }),
})

type Mutation = typeof mutations extends fc.Arbitrary<infer Made> ? Made : never

function mutated(file: Uint8Array, { changes, cut, doubled }: Mutation) {
  let bytes = Buffer.from(file)
  for (const [at, byte] of changes) bytes[at % bytes.length] = byte
  if (cut) {
    const from = cut[0] % bytes.length
    bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + cut[1])])
  }
  if (doubled) {
    const from = doubled[0] % bytes.length
    bytes = Buffer.concat([bytes.subarray(0, from + doubled[1]), bytes.subarray(from)])
  }
  return new Uint8Array(bytes)
}

// pdf.js leaves promises alone that fail, which the sandbox passes over: so does this file.
const listeners = process.listeners('unhandledRejection')
beforeAll(() => {
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', () => {})
})
afterAll(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.removeAllListeners('unhandledRejection')
  for (const listener of listeners) process.on('unhandledRejection', listener)
})

const readers = [
  ['PDF', readPdf, [printed, small]],
  ['DOCX', readDocx, [docx]],
] as const

describe.each(readers)(`${FILES} mutated files (seed ${SEED}): a %s`, (_, read, files) => {
  it('is read, or refused with a sentence', { timeout: 600_000 }, async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        try {
          expect(await pagesOf(read, mutated(file, mutation))).not.toEqual([])
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Unreadable)
          expect(String(thrown)).toMatch(/[.]$/)
          refused += 1
        }
      }),
      { seed: SEED, numRuns: FILES },
    )
    expect(refused).toBeGreaterThan(0)
  })
})
