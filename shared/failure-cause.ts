/**
 * The cause behind a failure, for the log. For a failed query that is the database's own error: drizzle's carries the query's
 * parameters, and so people's emails, texts and hashes.
 */
function rootOf(thrown: unknown): unknown {
  const isQuery = thrown instanceof Error && thrown.message.startsWith('Failed query:')
  return isQuery ? rootOf(thrown.cause ?? 'a query failed') : thrown
}

/** Why something failed, in one line. */
export function causeOf(thrown: unknown): string {
  const root = rootOf(thrown)
  return root instanceof Error ? root.message : String(root)
}

/** Why and where something failed. For the log alone. */
export function traceOf(thrown: unknown): string {
  const root = rootOf(thrown)
  return root instanceof Error ? (root.stack ?? root.message) : String(root)
}
