import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { hashPassword, isOutdated, verifyPassword } from '../../../../worker/services/secrets/passwords.ts'

describe('a password', () => {
  it('is known by its hash, and nothing else is', async () => {
    const hash = await hashPassword('correct horse')
    expect(await verifyPassword('correct horse', hash)).toBe(true)
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', '']) {
      expect(await verifyPassword(wrong, hash), wrong).toBe(false)
    }
  })

  it('is hashed with its parameters and a salt of its own, and is not in it', async () => {
    const [a, b] = [await hashPassword('hunter2'), await hashPassword('hunter2')]
    expect(a).toMatch(/^scrypt\$16384\$8\$1\$[0-9a-f]{32}\$[0-9a-f]{64}$/)
    expect(a).not.toBe(b)
    expect(a).not.toContain('hunter2')
  })

  it('is verified with the parameters of its hash, so that they can change', async () => {
    // RFC 7914 §12: scrypt("password", "NaCl", N=1024, r=8, p=16), its first 32 bytes.
    const hash = 'scrypt$1024$8$16$4e61436c$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162'
    expect(await verifyPassword('password', hash)).toBe(true)
    expect(await verifyPassword('passwort', hash)).toBe(false)
  })

  it('is the same however its accents are typed', async () => {
    const hash = await hashPassword('caf\u00e9')
    expect(await verifyPassword('cafe\u0301', hash)).toBe(true)
  })

  it('of nobody is wrong, whatever it is', async () => {
    for (const hash of [undefined, null]) {
      expect(await verifyPassword('', hash)).toBe(false)
      expect(await verifyPassword('correct horse', hash)).toBe(false)
    }
  })

  it('is to be hashed again when its hash took less work than new ones do', async () => {
    expect(isOutdated(await hashPassword('x'))).toBe(false)
    for (const [parameters, outdated] of [
      ['8192$8$1', true],
      ['16384$4$1', true],
      ['16384$8$1', false],
      ['32768$8$1', false],
      ['16384$8$2', false],
    ] as const) {
      expect(isOutdated(`scrypt$${parameters}$00$00`), parameters).toBe(outdated)
    }
  })
})
