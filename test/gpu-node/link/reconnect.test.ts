import { expect, it } from 'vitest'
import { linkBackoffOf } from '../../../gpu-node/link/reconnect.ts'

it.each([
  ['https://edge.example', 30_000],
  ['https://127.0.0.1.edge.example', 30_000],
  ['http://10.0.0.1:8787', 30_000],
  ['http://127.0.0.1:8787', 2_000],
  ['http://localhost:8787', 2_000],
  ['http://[::1]:8787', 2_000],
])('a node stays away from %s for %i ms at most', (edge, capMs) => {
  expect(linkBackoffOf(edge)).toEqual({ baseMs: 500, capMs })
})
