import { join } from 'node:path'
import { defineConfig } from 'vite'

/**
 * Builds the console into the Worker's assets. Everything with a hash in its name lies in `assets/`, which bypasses the Worker.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: join(import.meta.dirname, '..', 'assets', 'console'),
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know modules and no preload load a little later; the polyfill would be another script.
    modulePreload: { polyfill: false },
    // Inlined as `data:`, a picture would need a policy that allows those.
    assetsInlineLimit: 0,
  },
})
