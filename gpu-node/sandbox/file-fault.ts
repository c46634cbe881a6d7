import type { FileFault } from '../../shared/tasks/tasks.ts'

/** A file that cannot be read, with the reason in one sentence for whoever sent it. */
export class Unreadable extends Error {
  readonly code: FileFault

  constructor(code: FileFault, message: string) {
    super(message)
    this.code = code
  }
}
