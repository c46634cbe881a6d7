import { describe, expect, it } from 'vitest'
import {
  checkedTarget,
  isPublicAddress,
  MAX_URL_LENGTH,
} from '../../../../worker/services/webhooks/targets.ts'

const OUTSIDE = { isDevelopment: false }
const DEVELOPMENT = { isDevelopment: true }

/** Hosts that are not on the public net, in every spelling that a URL takes. */
const PRIVATE_HOSTS = [
  '127.0.0.1',
  '127.1',
  '0x7f000001',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '１２７.0.0.1',
  '127。0。0。1',
  '0.0.0.0',
  '0',
  '10.0.0.1',
  '10.1',
  '0xa000001',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '0xc0.0xa8.1.1',
  '169.254.169.254',
  '2852039166',
  '0251.0376.0251.0376',
  '100.64.0.1',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:8.8.8.8]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2001::1]',
  '[2001:db8::1]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[ff02::1]',
  '[100::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'localhost..',
  'hooks.example.com..',
  'hooks..example.com',
  'hooks.localhost',
  'printer.local',
  'metadata.google.internal',
  'router.home.arpa',
  'intranet',
  'service',
]

describe('the address of an endpoint', () => {
  it.each([
    'https://example.com/hooks?key=1',
    'https://example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://bücher.example/',
  ])('may be %s', (url) => {
    expect(checkedTarget(url, OUTSIDE).href).toMatch(/^https:/)
  })

  it.each(PRIVATE_HOSTS)('may not be on %s', (host) => {
    expect(() => checkedTarget(`https://${host}/hooks`, OUTSIDE)).toThrow(/^Invalid 'url': /)
  })

  it.each([
    '',
    ' ',
    'example.com',
    '/hooks',
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/plain,a',
    'javascript:alert(1)',
    'https://',
    'https://ada@example.com/',
    'https://ada:secret@example.com/',
    'https://:secret@example.com/',
    'https://example .com/',
    'https://[::1/',
    'https://999.1.1.1/',
  ])('may not be %j', (url) => {
    for (const where of [OUTSIDE, DEVELOPMENT])
      expect(() => checkedTarget(url, where)).toThrow(expect.objectContaining({ param: 'url' }))
  })

  it('is as long as it may be, and no longer', () => {
    const ofLength = (length: number) => `https://example.com/${'a'.repeat(length - 20)}`
    expect(() => checkedTarget(ofLength(MAX_URL_LENGTH), OUTSIDE)).not.toThrow()
    expect(() => checkedTarget(ofLength(MAX_URL_LENGTH + 1), OUTSIDE)).toThrow(/longer/)
  })

  it('is that of its own machine in development alone, and of no other in its network', () => {
    for (const url of ['http://localhost:3000/', 'http://127.0.0.1:3000/', 'http://[::1]:3000/']) {
      expect(() => checkedTarget(url, DEVELOPMENT)).not.toThrow()
      expect(() => checkedTarget(url, OUTSIDE)).toThrow()
    }
    for (const url of ['http://192.168.1.1/', 'https://10.0.0.1/', 'https://169.254.169.254/'])
      expect(() => checkedTarget(url, DEVELOPMENT)).toThrow()
  })
})

describe('an address that a name has', () => {
  it.each(['8.8.8.8', '2606:4700:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    'fe80::1%eth0',
    'nonsense',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it('takes http to public hosts where that will do, and still no others', () => {
    const takes = (url: string) => () => checkedTarget(url, { ...OUTSIDE, takesHttp: true })
    expect(takes('http://example.com/a')().href).toBe('http://example.com/a')
    expect(takes('https://example.com/a')().href).toBe('https://example.com/a')
    expect(() => checkedTarget('http://example.com/a', OUTSIDE)).toThrow('begins with https://')
    for (const url of ['ftp://example.com/', 'nothing']) expect(takes(url)).toThrow('https:// or http://')
    for (const host of PRIVATE_HOSTS) expect(takes(`http://${host}/`)).toThrow("Invalid 'url'")
  })
})
