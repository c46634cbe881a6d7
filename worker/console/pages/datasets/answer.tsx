import { count, NOTHING } from '../../kit/format.ts'
import { csvOf, saveFile } from '../../kit/save-file.ts'
import { Written } from '../../text/written.tsx'
import { type Cell, type Figures, figuresIn, type Message } from './dataset.ts'

const shown = (cell: Cell) => (typeof cell === 'number' ? count(cell) : (cell ?? NOTHING))

function FigureTable({ of: { headings, rows, isDrawn } }: { of: Figures }) {
  const most = Math.max(1, ...rows.map(([, value]) => (typeof value === 'number' ? value : 0)))
  return (
    <div class="scrolls">
      <table>
        <caption class="unseen">The figures of the answer</caption>
        <thead>
          <tr>
            {headings.map((heading, at) => (
              <th key={`${at} ${heading}`} scope="col">
                <bdi>{heading === '' ? 'Of' : heading}</bdi>
              </th>
            ))}
            {isDrawn && (
              <th scope="col">
                <span class="unseen">Drawn</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={`${at} ${row[0]}`}>
              {row.map((cell, column) => (
                <td key={headings[column]}>
                  <bdi>{shown(cell)}</bdi>
                </td>
              ))}
              {isDrawn && (
                <td aria-hidden="true">
                  <meter class="bar" min={0} max={most} value={Number(row[1])} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** An answer from the rows of a dataset: in words, in figures, and as a file. */
export function Answer({ question, message }: { question: string; message: Message }) {
  const figures = figuresIn(message.charts)
  return (
    <li class="card">
      <h3>
        <bdi>{question}</bdi>
      </h3>
      <Written text={message.content} />
      {figures && (
        <>
          {figures.isDrawn && <FigureTable of={figures} />}
          <p class="acts">
            <button
              type="button"
              class="quiet"
              onClick={() => saveFile(csvOf([figures.headings, ...figures.rows]), 'answer.csv')}
            >
              Export {count(figures.rows.length)} rows as CSV
            </button>
          </p>
        </>
      )}
    </li>
  )
}
