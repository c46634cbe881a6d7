import type { SparseMatrix } from '../../../../shared/tasks/fit-matrix.ts'

/** Passages that vectors are fitted to, spread over all of them; the others are folded in. */
export const MAX_FIT_PASSAGES = 15_000

/** Terms that have a part in the vectors: those in most passages. */
export const MAX_FIT_TERMS = 60_000

/** Passages that a term is in at least, and the share of them that it is in at most. */
const MIN_TERM_PASSAGES = 2
const MAX_TERM_SHARE = 0.5

/** A term and what it weighs: the rarer, the more. */
export interface FitTerm {
  term: string
  weight: number
}

interface Entries {
  starts: number[]
  terms: number[]
  counts: number[]
}

interface Counted {
  names: string[]
  /** Passages that a term is in. */
  passages: number[]
}

/** Collects the passages that vectors are fitted to: one after the other, so that never all of their words are held. */
export function createFitInput() {
  const places = new Map<string, number>()
  const counted: Counted = { names: [], passages: [] }
  const entries: Entries = { starts: [0], terms: [], counts: [] }

  function placeOf(term: string): number {
    const known = places.get(term)
    if (known !== undefined) return known
    const place = counted.names.push(term) - 1
    counted.passages.push(0)
    places.set(term, place)
    return place
  }

  return {
    add(counts: ReadonlyMap<string, number>): void {
      for (const [term, count] of counts) {
        const place = placeOf(term)
        counted.passages[place] = (counted.passages[place] ?? 0) + 1
        entries.terms.push(place)
        entries.counts.push(count)
      }
      entries.starts.push(entries.terms.length)
    },

    /** The matrix of weighted terms, each row of length one, and its terms in order; undefined where too little is left. */
    build(): { matrix: SparseMatrix; terms: FitTerm[] } | undefined {
      const rows = entries.starts.length - 1
      const chosen = chosenTerms(counted, rows)
      if (chosen.length < 2 || rows < 2) return undefined
      const terms = chosen.map((place) => ({
        term: counted.names[place] ?? '',
        weight: Math.log(rows / (counted.passages[place] ?? rows)),
      }))
      return { matrix: weighted(entries, chosen, terms), terms }
    },
  }
}

function chosenTerms({ names, passages }: Counted, rows: number): number[] {
  const frequent = [...names.keys()].filter((place) => {
    const count = passages[place] ?? 0
    return count >= MIN_TERM_PASSAGES && count <= rows * MAX_TERM_SHARE
  })
  return frequent
    .toSorted((one, other) => (passages[other] ?? 0) - (passages[one] ?? 0) || one - other)
    .slice(0, MAX_FIT_TERMS)
}

/** A row's entry is (1 + ln count) × weight, over the row's length. */
function weighted(entries: Entries, chosen: readonly number[], terms: readonly FitTerm[]): SparseMatrix {
  const columns = new Map(chosen.map((place, column) => [place, column]))
  const rows = entries.starts.length - 1
  const starts = new Uint32Array(rows + 1)
  const indices: number[] = []
  const values: number[] = []
  for (let row = 0; row < rows; row += 1) {
    const from = indices.length
    let squares = 0
    for (let at = entries.starts[row] ?? 0; at < (entries.starts[row + 1] ?? 0); at += 1) {
      const column = columns.get(entries.terms[at] ?? -1)
      if (column === undefined) continue
      const value = (1 + Math.log(entries.counts[at] ?? 1)) * (terms[column]?.weight ?? 0)
      indices.push(column)
      values.push(value)
      squares += value * value
    }
    const length = Math.sqrt(squares) || 1
    for (let at = from; at < values.length; at += 1) values[at] = (values[at] ?? 0) / length
    starts[row + 1] = indices.length
  }
  return {
    rows,
    columns: chosen.length,
    starts,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  }
}
