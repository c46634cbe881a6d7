/** A part of a document as mammoth reads it, as far as it is used. */
export interface Element {
  type: string
  children?: Element[]
  value?: string
  styleId?: string | null
  styleName?: string | null
  numbering?: { isOrdered?: boolean; level?: number } | null
  colSpan?: number
  rowSpan?: number
  checked?: boolean
  noteType?: string
  noteId?: string
}

export interface DocumentElement extends Element {
  notes: { resolve(reference: Element): { body: Element[] } | null }
}

const OF_THEMSELVES: ReadonlyMap<string, string> = new Map([
  ['tab', '\t'],
  ['break', '\n'],
])

/** The text of an element, its tabs and breaks blanks. `onNote` hears of each note that it refers to. */
export function plainText(element: Element, onNote: (reference: Element) => void): string {
  const collect = (one: Element): string => {
    if (one.type === 'noteReference') onNote(one)
    return one.value ?? OF_THEMSELVES.get(one.type) ?? (one.children ?? []).map(collect).join('')
  }
  return collect(element).replace(/\s+/g, ' ').trim()
}
