import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SANDBOX = fileURLToPath(new URL('../sandbox/', import.meta.url))

/** Files of packages that the sandbox reads, by the names that it knows. */
const FILES = {
  'tesseract.wasm': 'tesseract.js-core/tesseract-core-simd-lstm.wasm',
  'pdfium.wasm': '@hyzyla/pdfium/pdfium.wasm',
  'eng.traineddata.gz': '@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz',
  'python/pyodide.mjs': 'pyodide/pyodide.mjs',
  'python/pyodide.asm.mjs': 'pyodide/pyodide.asm.mjs',
  'python/pyodide.asm.wasm': 'pyodide/pyodide.asm.wasm',
  'python/python_stdlib.zip': 'pyodide/python_stdlib.zip',
  'python/pyodide-lock.json': 'pyodide/pyodide-lock.json',
}

/** The programs of sandboxes, by the names that they are started by. */
const PROGRAMS = {
  main: 'main.ts',
  work: 'work.ts',
  errand: 'errands/main.ts',
  math: 'errands/math.ts',
  python: 'errands/python.ts',
  python_sympy: 'errands/python.ts',
  sympy: 'errands/sympy.ts',
  'python-memory': 'errands/python-memory.ts',
}

/** The libraries look for Node.js by this global, and in Deno they would find what looks like it. */
const BANNER = 'globalThis.process=undefined;'

/** Makes the programs of sandboxes, and puts all beside them that they may read. */
export async function makeBundle(folder: string): Promise<void> {
  const { build, stop } = await import('esbuild') // by nodes that find no bundle alone
  try {
    await build({
      entryPoints: Object.fromEntries(
        Object.entries(PROGRAMS).map(([name, path]) => [name, join(SANDBOX, path)]),
      ),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, logLevel: 'silent' },
      // One file that is small already, and over which esbuild would take most of the time: it lies beside.
      alias: { 'unpdf/pdfjs': './pdfjs.mjs' },
      // The others are asked for by what believes itself in Node.js alone.
      external: ['./pdfjs.mjs', 'fs', 'crypto'],
      banner: { js: BANNER },
    })
  } finally {
    await stop()
  }
  const { resolve } = createRequire(import.meta.url)
  await mkdir(join(folder, 'python'))
  for (const [name, path] of Object.entries(FILES)) await copyFile(resolve(path), join(folder, name))
  // Its path is told to `import` alone.
  await copyFile(join(dirname(resolve('unpdf')), 'pdfjs.mjs'), join(folder, 'pdfjs.mjs'))
}
