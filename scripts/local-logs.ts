import { rename } from 'node:fs/promises'

/** Renames the log of the start before, which may tell of a crash, to `<path>.1`, in place of an older one. */
export async function keepLastLog(path: string): Promise<void> {
  await rename(path, `${path}.1`).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
  })
}
