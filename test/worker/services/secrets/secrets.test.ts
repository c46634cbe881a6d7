import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import {
  createSecret,
  equalInConstantTime,
  hashSecret,
  prefixOf,
  SECRET_PREFIX_LENGTH,
} from '../../../../worker/services/secrets/secrets.ts'

describe('createSecret', () => {
  it.each(['sk-', 'raj_', 'swj_', 'swn_'] as const)(
    'makes %s and 256 random bits that need no escaping',
    (kind) => {
      const secret = createSecret(kind)
      expect(secret.startsWith(kind)).toBe(true)
      expect(secret.slice(kind.length)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    },
  )

  it('never makes the same twice', () => {
    expect(new Set(Array.from({ length: 500 }, () => createSecret('sk-'))).size).toBe(500)
  })
})

describe('prefixOf', () => {
  it('is the little that may be seen', () => {
    const secret = createSecret('sk-')
    expect(prefixOf(secret)).toBe(secret.slice(0, SECRET_PREFIX_LENGTH))
    expect(secret.length - SECRET_PREFIX_LENGTH).toBeGreaterThanOrEqual(32)
  })
})

describe('hashSecret', () => {
  it.each([
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'], // FIPS 180-4's own example
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ])('of %j is its SHA-256', async (secret, hash) => {
    expect(await hashSecret(secret)).toBe(hash)
  })
})

describe('equalInConstantTime', () => {
  it.each([
    ['abc', 'abc', true],
    ['', '', true],
    ['abc', 'abd', false],
    ['abc', 'ab', false],
    ['ab', 'abc', false],
    ['é', 'e', false],
    ['é', 'é', true],
  ])('of %j and %j is %s', (a, b, equal) => {
    expect(equalInConstantTime(a, b)).toBe(equal)
  })
})
