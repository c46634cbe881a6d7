import type { ComponentChildren } from 'preact'

interface TableProps<Row> {
  /** Names the rows to those who hear the table. */
  caption: string
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** The first column names its row. A title of '' heads buttons. */
  columns: readonly (readonly [title: string, cell: (row: Row) => ComponentChildren])[]
  /** Said where there are none. */
  nothing: string
}

/** Rows under headings; scrolls sideways where the screen is narrow. */
export function Table<Row>({ caption, rows, keyOf, columns, nothing }: TableProps<Row>) {
  if (rows.length === 0) return <p class="muted">{nothing}</p>
  return (
    // WCAG 2.1.1: reached by the keyboard, which scrolls it where it is wider than the screen.
    <div class="scrolls" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(([title]) => (
              <th key={title} scope="col">
                {title === '' ? <span class="unseen">Actions</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(([title, cell], at) =>
                at === 0 ? (
                  <th key={title} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title}>{cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
