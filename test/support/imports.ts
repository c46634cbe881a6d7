import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface Import {
  /** A file of ours relative to the root, or a package as it is written. */
  target: string
  ours: boolean
  /** Leaves nothing behind at run time. */
  typeOnly: boolean
}

/** Native code, and what starts processes. */
const OWN_PROCESS = new Set(['node-llama-cpp', 'koffi', 'node:child_process', 'node:worker_threads'])

const isSource = (path: string) => /\.(tsx?|mjs)$/.test(path) && !path.endsWith('.d.ts')

/** Every source file in a folder, relative to the root. */
export const filesUnder = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => `${root}/${path}`)
    .filter(isSource)
    .toSorted()

export const textOf = (file: string) => readFileSync(file, 'utf8')

/** A file without its comments, so that prose about imports is not taken for one. */
export const codeOf = (file: string) => textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** Whether an import statement, without its `from`, brings only types. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true
  const [, named] = /^\s*\{([\s\S]*)\}\s*$/.exec(clause) ?? []
  const names = named?.split(',').filter((name) => name.trim() !== '') ?? []
  return names.length > 0 && names.every((name) => /^\s*type\b/.test(name))
}

/** Every import of a text: static, side-effect, re-export and dynamic, also `import('…')` in a type. */
export function importsIn(code: string, file: string): Import[] {
  const found: { target: string; typeOnly: boolean }[] = []
  for (const [, clause = '', target = ''] of code.matchAll(
    /\b(?:import|export)\b([^'"`;()=]*?)\bfrom\s*['"]([^'"]+)['"]/g,
  )) {
    found.push({ target, typeOnly: isTypeOnly(clause) })
  }
  for (const [, target = ''] of code.matchAll(/\bimport\s*\(?\s*['"`]([^'"`]+)['"`]/g)) {
    found.push({ target, typeOnly: false })
  }
  return found.map(({ target, typeOnly }) => {
    const ours = target.startsWith('.')
    return { target: ours ? normalize(join(dirname(file), target)) : target, ours, typeOnly }
  })
}

const read = new Map<string, Import[]>()

/** Every import of a file. */
export function importsOf(file: string): readonly Import[] {
  let imports = read.get(file)
  if (!imports) {
    imports = importsIn(codeOf(file), file)
    read.set(file, imports)
  }
  return imports
}

/** Every file that a file loads at run time, itself included. */
export function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const { target, ours, typeOnly } of importsOf(file)) {
    if (ours && !typeOnly && isSource(target)) loadedBy(target, seen)
  }
  return seen
}

/** Whether a file, or one that it loads, asks for the platform of Workers. */
export const needsWorkerd = (file: string): boolean =>
  [...loadedBy(file)].some((path) =>
    importsOf(path).some(({ target, typeOnly }) => target.startsWith('cloudflare:') && !typeOnly),
  )

/** Whether a file, or one that it loads, loads native code or starts processes. */
export const needsOwnProcess = (file: string): boolean =>
  [...loadedBy(file)].some((path) =>
    importsOf(path).some(({ target, typeOnly }) => OWN_PROCESS.has(target) && !typeOnly),
  )
