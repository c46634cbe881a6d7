import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sandboxes } from './bundle-setup.ts'

let world: Awaited<ReturnType<typeof sandboxes>>
beforeAll(async () => {
  world = await sandboxes()
})
afterAll(() => world.remove())

const UNPACKED_BYTES = 700_000_000

/** A page whose drawing is blanks, packed twice: some kilobytes that unpack to more than a task may have. */
function bomb(): Buffer {
  const stream = deflateSync(deflateSync(Buffer.alloc(UNPACKED_BYTES, ' '), { level: 1 }))
  const heads = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << >> >>',
  ].map((body, index) => `${index + 1} 0 obj\n${body}\nendobj\n`)
  const dictionary = `4 0 obj\n<< /Length ${stream.length} /Filter [/FlateDecode /FlateDecode] >>\nstream\n`
  const end = `\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n`
  return Buffer.concat([Buffer.from(`%PDF-1.7\n${heads.join('')}${dictionary}`), stream, Buffer.from(end)])
}

it('a PDF that unpacks to more than a task may have ends its process alone', async () => {
  const file = bomb()
  expect(file.length).toBeLessThan(UNPACKED_BYTES / 1_000)
  const message = 'This took more than 512 MB of memory, and was stopped.'
  expect(await world.run(file).end).toEqual({ kind: 'fault', code: 'memory_limit', message })
})
