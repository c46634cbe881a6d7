/**
 * Values in numbered rows, each with the version of its last change, so that a reader is told what has changed since it last
 * asked, however long ago that was. A row that was given up is used again: there are never more than there were values at
 * one time.
 */
export class VersionedRows<Value> {
  readonly #values: (Value | undefined)[] = []
  readonly #versions: number[] = []
  readonly #free: number[] = []

  /** Puts a value into a free row, and returns which. */
  add(value: Value, version: number): number {
    const row = this.#free.pop() ?? this.#values.length
    this.set(row, value, version)
    return row
  }

  set(row: number, value: Value, version: number): void {
    this.#values[row] = value
    this.#versions[row] = version
  }

  at(row: number): Value | undefined {
    return this.#values[row]
  }

  remove(row: number, version: number): void {
    this.#values[row] = undefined
    this.#versions[row] = version
    this.#free.push(row)
  }

  /** Rows that have changed behind a version, also those that are free now; of version 0 all that are in use. */
  changedSince(version: number): number[] {
    const rows: number[] = []
    for (let row = 0; row < this.#versions.length; row += 1) {
      const hasChanged = (this.#versions[row] ?? 0) > version
      if (hasChanged && (version > 0 || this.#values[row] !== undefined)) rows.push(row)
    }
    return rows
  }
}
