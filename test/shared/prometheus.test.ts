import { describe, expect, it } from 'vitest'
import { Counter, formatMetrics, Histogram } from '../../shared/prometheus.ts'

describe('formatMetrics', () => {
  it('writes counters and gauges with their labels', () => {
    const errors = new Counter()
    errors.add(2)
    expect(
      formatMetrics([
        {
          name: 'app_errors_total',
          help: 'Failures.',
          type: 'counter',
          samples: [{ labels: { code: 'internal', node: 'a' }, value: errors.value }],
        },
        { name: 'app_slots', help: 'Slots.', type: 'gauge', samples: [{ value: 4 }] },
        { name: 'app_nothing', help: 'Not measured.', type: 'gauge', samples: [] },
      ]),
    ).toBe(
      [
        '# HELP app_errors_total Failures.',
        '# TYPE app_errors_total counter',
        'app_errors_total{code="internal",node="a"} 2',
        '# HELP app_slots Slots.',
        '# TYPE app_slots gauge',
        'app_slots 4',
        '# HELP app_nothing Not measured.',
        '# TYPE app_nothing gauge',
        '',
      ].join('\n'),
    )
  })

  it('writes a histogram as sums of what is at or below each bound', () => {
    const histogram = new Histogram([0.1, 1])
    for (const value of [0.1, 0.2, 1, 1.5]) histogram.observe(value)
    expect(
      formatMetrics([{ name: 'app_s', help: 'Time.', type: 'histogram', series: [{ histogram }] }]),
    ).toBe(
      [
        '# HELP app_s Time.',
        '# TYPE app_s histogram',
        'app_s_bucket{le="0.1"} 1',
        'app_s_bucket{le="1"} 3',
        'app_s_bucket{le="+Inf"} 4',
        'app_s_sum 2.8',
        'app_s_count 4',
        '',
      ].join('\n'),
    )
  })

  it('escapes what would end a label or a line', () => {
    const text = formatMetrics([
      { name: 'a', help: 'x\ny\\', type: 'gauge', samples: [{ labels: { b: '"\\\n' }, value: Infinity }] },
    ])
    expect(text).toBe('# HELP a x\\ny\\\\\n# TYPE a gauge\na{b="\\"\\\\\\n"} +Inf\n')
  })
})
