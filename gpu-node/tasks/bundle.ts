import { copyFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SANDBOX = fileURLToPath(new URL('../sandbox/', import.meta.url))

/** Files that pictures are read with, by the names that the sandbox knows. */
const OCR_FILES = {
  'tesseract.wasm': 'tesseract.js-core/tesseract-core-simd-lstm.wasm',
  'eng.traineddata.gz': '@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz',
}

/** The libraries look for Node.js by this global, and in Deno they would find what looks like it. */
const BANNER = 'globalThis.process=undefined;'

/** Makes the programs of sandboxes, and puts all beside them that they may read. */
export async function makeBundle(folder: string): Promise<void> {
  const { build, stop } = await import('esbuild') // by nodes that find no bundle alone
  try {
    await build({
      entryPoints: { main: join(SANDBOX, 'main.ts'), work: join(SANDBOX, 'work.ts') },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, logLevel: 'silent' },
      // Asked for by what believes itself in Node.js alone.
      external: ['fs', 'crypto'],
      banner: { js: BANNER },
    })
  } finally {
    await stop()
  }
  const { resolve } = createRequire(import.meta.url)
  for (const [name, path] of Object.entries(OCR_FILES)) await copyFile(resolve(path), join(folder, name))
}
