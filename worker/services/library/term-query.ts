/** A part of a query that is answered by one look into the index: words that stand next to each other, as the user wrote them. */
export interface Leaf {
  kind: 'term' | 'phrase' | 'prefix'
  text: string
  /** `title`: the document's title and its headings. `filename`: one of its names. `any`: its text as well. */
  field: 'any' | 'title' | 'filename'
}
