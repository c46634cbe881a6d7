import { describe, expect, it } from 'vitest'
import { toIpSubject } from '../../../worker/http/client-ip.ts'

describe('the subject of an address', () => {
  it.each([
    ['192.0.2.1', 'ip:192.0.2.1'],
    [' 192.0.2.1 ', 'ip:192.0.2.1'],
    ['::ffff:192.0.2.1', 'ip:192.0.2.1'],
    ['::FFFF:C000:201', 'ip:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 'ip:2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', 'ip:2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff:ffff:ffff:ffff', 'ip:2001:db8:1:2::/64'],
    ['2001:db8::1', 'ip:2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', 'ip:2001:db8:0:0::/64'],
    ['::1', 'ip:0:0:0:0::/64'],
  ])('%j is %s', (address, subject) => {
    expect(toIpSubject(address)).toBe(subject)
  })

  it.each([
    undefined,
    '',
    'unknown',
    '192.0.2.256',
    '1.2.3',
    '127.1',
    '2001:db8::/64',
    'fe80::1%eth0',
    'a@b',
    '::1]/x',
  ])('%j is no address', (address) => {
    expect(toIpSubject(address)).toBe('ip:unknown')
  })
})
