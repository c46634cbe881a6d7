import { expect, it } from 'vitest'
import { tableOf } from '../../../scripts/bench/report.ts'

it('says of each target whether it is met, and why a bench has no figures', () => {
  const lines = tableOf([
    {
      bench: 'a',
      figures: [
        {
          name: 'fast',
          value: 15_000,
          unit: 'tokens/s',
          spread: [14_000, 16_000],
          target: { atLeast: 15_000 },
        },
        { name: 'late', value: 10.04, unit: 'ms', target: { atMost: 10 } },
        { name: 'known', value: 1, unit: '' },
      ],
    },
    { bench: 'b', failure: 'no edge' },
    { bench: 'c', skipped: 'no compiler' },
  ]).split('\n')
  expect(lines).toEqual([
    'bench  figure  value            spread           target',
    'a      fast    15,000 tokens/s  14,000 … 16,000  ≥ 15,000  met',
    'a      late    10 ms                             ≤ 10      MISSED',
    'a      known   1',
    'b      FAILED: no edge',
    'c      skipped: no compiler',
  ])
})
