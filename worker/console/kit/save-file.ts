/** Hands a file to whoever sits there, under a name. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken hold of the content by the time that the click returns.
  URL.revokeObjectURL(address)
}

/** A cell as CSV has it (RFC 4180). One that a spreadsheet would run as a formula is made text. */
function cellOf(value: string | number | null): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as CSV. */
export const csvOf = (rows: readonly (readonly (string | number | null)[])[]): Blob =>
  new Blob([rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')], { type: 'text/csv' })
