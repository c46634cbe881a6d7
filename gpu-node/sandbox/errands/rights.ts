/** Rights that a process has none of, where strangers' programs run; `read` stands for all that can be read. */
const RIGHTS = ['read', 'write', 'env', 'net', 'run', 'ffi', 'sys'] as const

/**
 * Throws in every runtime but one that grants nothing. Pyodide runs in Node.js as well, and there a program reaches all that
 * the process may do, by one line of JavaScript: such a runtime is none for it.
 */
export function refuseRights(): void {
  if (typeof Deno === 'undefined')
    throw new Error('This runtime grants programs every right: it is no sandbox.')
  const granted = RIGHTS.find((name) => Deno.permissions.querySync({ name }).state === 'granted')
  if (granted !== undefined) throw new Error(`This process may ${granted}: it is no sandbox.`)
}
