import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Besides the sources: how they are bound, and the packages. */
export const SETTINGS: readonly string[] = ['wrangler.toml', 'package-lock.json']

/** A hash over files of a repository, names and contents. */
export async function hashOf(files: readonly string[], root: string): Promise<string> {
  const hash = createHash('sha256')
  const texts = await Promise.all(files.map((file) => readFile(join(root, file))))
  for (const [index, text] of texts.entries()) hash.update(`${files[index]}\0${text.length}\0`).update(text)
  return hash.digest('hex')
}
