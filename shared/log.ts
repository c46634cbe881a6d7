export type LogLevel = 'info' | 'warn' | 'error'
export type LogFields = Record<string, string | number | boolean | null | undefined>

export interface Logger {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** The same log with fields that every line carries. */
  child(fields: LogFields): Logger
}

/**
 * One JSON object a line: time, level, event, fields. Values are flat on purpose: nobody logs a whole request, with its
 * secrets, by mistake. `write` gets the finished line without a line break.
 */
export function createLogger(
  write: (line: string, level: LogLevel) => void,
  base: LogFields = {},
  now: () => number = Date.now,
): Logger {
  const at = (level: LogLevel) => (event: string, fields?: LogFields) =>
    write(JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...base, ...fields }), level)
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLogger(write, { ...base, ...fields }, now),
  }
}
