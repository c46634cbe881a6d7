import temml from 'temml'

/** How far a formula's own macros may be unfolded. */
const MAX_EXPANSIONS = 200

/** In ems: a size that a formula asks for itself. */
const MAX_SIZE = 20

/** MathML of TeX; a formula that cannot be read is shown in red as it is written. */
export const drawFormula = (tex: string, isDisplayed: boolean): string =>
  temml
    .renderToString(tex, {
      displayMode: isDisplayed,
      trust: false,
      throwOnError: false,
      maxExpand: MAX_EXPANSIONS,
      maxSize: [MAX_SIZE, MAX_SIZE],
      annotate: false,
    })
    // The page's policy takes no style that stands in the markup, and would report each.
    .replaceAll(/ style="[^"]*"/g, '')
