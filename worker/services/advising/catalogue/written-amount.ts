/** Digits with a fraction, grouped by thousands or not, with a sign of dollars, pounds or euros or without. */
const DOTTED = /^[$£€]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?$/

/** The number of a cell like `$1,119.00`, `1119` or `1119.5`; undefined for anything else, `NaN` and `1.119,00` included. */
export function writtenAmount(text: string): number | undefined {
  const [, whole, fraction = ''] = DOTTED.exec(text.trim()) ?? []
  if (whole === undefined) return undefined
  const value = Number(whole.replaceAll(',', '') + fraction)
  return Number.isFinite(value) ? value : undefined
}
