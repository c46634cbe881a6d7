import '../../../workerd.ts'
import { describe, expect, it } from 'vitest'
import {
  MAX_TREE_DEPTH,
  MAX_TREE_TAGS,
  readable,
} from '../../../../../worker/services/agent-tools/web/readable.ts'

const sentence =
  'Switchyards sort the wagons of trains by where they go, and they have done so for a long time. '
const article = `<nav>Menu</nav><article><h1>Yards</h1><p>${sentence.repeat(4)}</p></article>`

/** Whether the main part of a page was found: then what surrounds it is left away. */
const isMain = async (html: string) => !(await readable(html)).text.includes('Menu')

describe('a readable page', () => {
  it('is its main part up to the most tags, and all of it with one more', async () => {
    const filled = (tags: number) => article + '<wbr>'.repeat(tags - (article.match(/</g)?.length ?? 0))
    expect(await isMain(filled(MAX_TREE_TAGS))).toBe(true)
    expect(await isMain(filled(MAX_TREE_TAGS + 1))).toBe(false)
  })

  it('is its main part up to the deepest nesting, and all of it below that', async () => {
    const nested = (depth: number) => `${'<i>'.repeat(depth)}${'</i>'.repeat(depth)}${article}`
    expect(await isMain(nested(MAX_TREE_DEPTH))).toBe(true)
    expect(await isMain(nested(MAX_TREE_DEPTH + 1))).toBe(false)
  })

  it('is read in a moment, however a page is written', async () => {
    const pages = [
      '<'.repeat(2_000_000),
      '<span>'.repeat(1_900).concat('x', '</span>'.repeat(1_900)).repeat(10),
      `<p class="${'a '.repeat(900_000)}">${sentence}</p>`,
      '<div><div><div>a, b, c</div></div></div>'.repeat(40_000),
    ]
    for (const page of pages) {
      const begun = performance.now()
      await readable(page)
      // Some ten times what it takes: only what explodes is to end here.
      expect(performance.now() - begun).toBeLessThan(15_000)
    }
  })
})
