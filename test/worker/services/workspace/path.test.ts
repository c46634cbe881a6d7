import { describe, expect, it } from 'vitest'
import { afterPrefix, checkedPath, fromRoot, fromUrl } from '../../../../worker/services/workspace/path.ts'

describe('a path of a workspace', () => {
  it('may be written with a slash at its beginning where a contract names files', () => {
    expect(fromRoot('/data/rows.jsonl')).toBe('data/rows.jsonl')
    expect(fromRoot('data/rows.jsonl')).toBe('data/rows.jsonl')
    for (const path of ['//data', '/', '', '/data/../x', '/data/', '/a\u0000'])
      expect(() => fromRoot(path), path).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: 'path' }),
      )
  })

  it('has one spelling', () => {
    expect(checkedPath('cafe\u0301')).toBe('caf\u00e9')
    expect(fromUrl('cafe%CC%81/%252e')).toBe('caf\u00e9/%2e')
  })

  it('has no half of a surrogate pair', () => {
    expect(() => checkedPath('a\ud800')).toThrow('half of a surrogate pair')
  })
})

describe('the first text after all with a prefix', () => {
  it.each([
    ['a', 'b'],
    ['a/', 'a0'],
    ['\ud7ff', '\ue000'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', undefined],
    ['', undefined],
  ])('of %j is %j', (prefix, end) => {
    expect(afterPrefix(prefix)).toBe(end)
  })
})
