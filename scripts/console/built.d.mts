/** A hash of everything that the console is built of. `root` is the repository's folder, if it is not this one. */
export function fingerprint(root?: string): string

/** Whether the console that lies there was made of just this. */
export function isBuilt(print: string, root?: string): boolean

/** Writes down what the console that lies there was made of. */
export function markBuilt(print: string, root?: string): void
