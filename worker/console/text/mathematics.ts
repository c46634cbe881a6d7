import type { TokenizerAndRendererExtension } from 'marked'

/** Longer ones are no formulas. */
const MAX_FORMULA_LENGTH = 5_000

type Draw = (tex: string, isDisplayed: boolean) => string

/** Where a formula may begin; a single dollar is money. */
const BEGINNING = /\\\(|\\\[|\$\$/

const INLINE = /^(?:\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]|\$\$([^$]+?)\$\$)/
const BLOCK = /^(?:\\\[([\s\S]+?)\\\]|\$\$([^$]+?)\$\$)[ \t]*(?:\n|$)/

/** Formulas between `\(…\)`, `\[…\]` and `$$`, for the parser of Markdown. */
export function mathematics(draw: Draw): TokenizerAndRendererExtension[] {
  return [
    {
      name: 'formulaBlock',
      level: 'block',
      start: (text) => {
        const at = /(?:^|\n)(?:\\\[|\$\$)/.exec(text)
        return at ? at.index + (at[0].startsWith('\n') ? 1 : 0) : undefined
      },
      tokenizer: (text) => {
        const found = BLOCK.exec(text)
        const tex = found?.[1] ?? found?.[2]
        if (!found || tex === undefined || tex.length > MAX_FORMULA_LENGTH) return undefined
        return { type: 'formulaBlock', raw: found[0], tex: tex.trim() }
      },
      renderer: ({ tex }) => `<p class="formula">${draw(String(tex), true)}</p>`,
    },
    {
      name: 'formula',
      level: 'inline',
      start: (text) => BEGINNING.exec(text)?.index,
      tokenizer: (text) => {
        const found = INLINE.exec(text)
        const tex = found?.[1] ?? found?.[2] ?? found?.[3]
        if (!found || tex === undefined || tex.length > MAX_FORMULA_LENGTH) return undefined
        return { type: 'formula', raw: found[0], tex: tex.trim(), isDisplayed: found[1] === undefined }
      },
      renderer: ({ tex, isDisplayed }) => draw(String(tex), isDisplayed === true),
    },
  ]
}
