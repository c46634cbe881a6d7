import { registerHooks } from 'node:module'

// Loaded before everything else in processes that run native code, each of which may be lost without taking the node with it.
// node-llama-cpp does not load its binary at once: it first starts another process, which reads the whole library once more
// and loads the binary there, to see whether it crashes. Where a crash is as good as that test, the test is only late:
// 0.95 s of the 1.75 s of CPU that a process takes until it can load a model (measured). The probe of the GPUs keeps it, since
// there a build that crashes is to lead to the next one. A library that keeps its test elsewhere loads as it likes.

/** Where the library has its test, which is a module with one export. */
const TEST_FILE = '/node-llama-cpp/dist/bindings/utils/testBindingBinary.js'

const PASSED = 'export const testBindingBinary = async () => true'

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(TEST_FILE)) return next(url, context)
    return { format: 'module', shortCircuit: true, source: PASSED }
  },
})
