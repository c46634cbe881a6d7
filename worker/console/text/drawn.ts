import { signal } from '@preact/signals'

/** Draws a formula as MathML. */
export type DrawFormula = (tex: string, isDisplayed: boolean) => string
/** Colours code: markup of spans; undefined for a language that it does not know. */
export type ColourCode = (code: string, language: string) => string | undefined

/** Present once somebody has needed them: whoever reads them is drawn again then. */
export const formulas = signal<DrawFormula | undefined>(undefined)
export const colours = signal<ColourCode | undefined>(undefined)

let formulasAsked = false
let coloursAsked = false

/** Loads what draws formulas, once; where it cannot be loaded they stay as they are written. */
export function needFormulas(): void {
  if (formulasAsked) return
  formulasAsked = true
  void import('./formulas.ts').then(
    ({ drawFormula }) => {
      formulas.value = drawFormula
    },
    () => {
      formulasAsked = false
    },
  )
}

/** Loads what colours code, once. */
export function needColours(): void {
  if (coloursAsked) return
  coloursAsked = true
  void import('./colours.ts').then(
    ({ colourCode }) => {
      colours.value = colourCode
    },
    () => {
      coloursAsked = false
    },
  )
}
