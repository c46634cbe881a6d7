import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import koffi, { type LibraryHandle } from 'koffi'
import { BASE, type FunctionsOf, LETTERS, type Pointer, REGISTRY } from './signatures.ts'

/** The functions of the ggml that node-llama-cpp ships. */
export type Ggml = FunctionsOf<typeof BASE & typeof REGISTRY> & {
  /** A context for tensors without data of their own; null when memory is short. */
  readonly openContext: (bytes: number) => Pointer | null
  /** Computes a graph on a thread of its own, so that signals and messages are heard meanwhile. Resolves with ggml's status. */
  readonly computeAsync: (scheduler: Pointer, graph: Pointer) => Promise<number>
  readonly setThreads: (backend: Pointer, threads: number) => void
  /** Lengths of a tensor's dimensions, the row first. */
  readonly shapeOf: (tensor: Pointer) => [number, number, number, number]
  /** One of `Type`, or of a quantised kind. */
  readonly typeOf: (tensor: Pointer) => number
}

/** `ne` of `struct ggml_tensor`: behind the type (padded) and the buffer. */
const SHAPE_OFFSET = 16
const DIMENSIONS = 4

const FILES = {
  base: /^(lib)?ggml-base\.(so|dylib|dll)$/,
  registry: /^(lib)?ggml(\.(cuda|vulkan|metal))?(\.v[\d.]+)?\.(so|dylib|dll)$/,
}

function openLibrary(folder: string, name: RegExp): LibraryHandle {
  const file = readdirSync(folder).find((each) => name.test(each))
  if (file === undefined) throw new Error('The ggml library that comes with node-llama-cpp was not found.')
  return koffi.load(join(folder, file))
}

function bind<Table extends Record<string, string>>(
  library: LibraryHandle,
  table: Table,
): FunctionsOf<Table> {
  const bound = Object.entries(table).map(([name, signature]) => {
    const [result, ...given] = [...signature.replace(':', '')].map((letter) => typeNamed(letter))
    return [name, library.func(name, result ?? LETTERS.V, given)]
  })
  return Object.fromEntries(bound) as FunctionsOf<Table> // each entry was made from its own signature
}

function typeNamed(letter: string): string {
  if (!Object.hasOwn(LETTERS, letter)) throw new Error(`There is no type "${letter}".`)
  return LETTERS[letter as keyof typeof LETTERS] // it was just looked up
}

/** The same functions, of which those do nothing that fill memory or compute: memory that is only reserved costs nothing. */
export const withoutData = (ggml: Ggml): Ggml => ({
  ...ggml,
  ggml_backend_buffer_clear: () => {},
  ggml_backend_tensor_set: () => {},
  computeAsync: () => Promise.resolve(0),
})

/** `GGML_LOG_LEVEL_ERROR`. What is below is of no use to anybody here. */
const ERROR_LEVEL = 4

/** For the log of whoever started this process. */
function logErrors(): bigint {
  const type = koffi.pointer(koffi.proto('void', ['int', 'const char *', 'void *']))
  return koffi.register((level: number, text: string) => {
    if (level === ERROR_LEVEL) process.stderr.write(text)
  }, type)
}

/**
 * Loads ggml from a folder with node-llama-cpp's libraries, once a process. What it refuses it refuses by ending the
 * process: types, shapes and ids must be checked before they reach it, and it runs in a process of its own.
 */
export function loadGgml(folder: string): Ggml {
  const base = openLibrary(folder, FILES.base)
  const registry = openLibrary(folder, FILES.registry)
  // Types without names: a name can be given once a process, and this may be called again.
  const parameters = koffi.struct({ mem_size: 'size_t', mem_buffer: 'void *', no_alloc: 'bool' })
  const init = base.func('ggml_init', 'void *', [parameters])
  const functions = { ...bind(base, BASE), ...bind(registry, REGISTRY) }
  const compute = base.func('ggml_backend_sched_graph_compute', 'int', ['void *', 'void *'])
  base.func('ggml_log_set', 'void', ['void *', 'void *'])(logErrors(), null)
  const setThreadsType = koffi.proto('void', ['void *', 'int'])
  functions.ggml_backend_load_all_from_path(folder)
  return {
    ...functions,
    openContext: (bytes) => init({ mem_size: bytes, mem_buffer: null, no_alloc: true }),
    computeAsync: (scheduler, graph) =>
      new Promise((resolve, reject) => {
        compute.async(scheduler, graph, (error: Error | null, status: number) =>
          error ? reject(error) : resolve(status),
        )
      }),
    setThreads(backend, threads) {
      const device = functions.ggml_backend_get_device(backend)
      const owner = functions.ggml_backend_dev_backend_reg(device)
      const address = functions.ggml_backend_reg_get_proc_address(owner, 'ggml_backend_set_n_threads')
      if (address !== null) koffi.decode(address, setThreadsType)(backend, threads)
    },
    shapeOf(tensor) {
      const [row = 0, rows = 1, planes = 1, cubes = 1] = Array.from<bigint | number, number>(
        koffi.decode(tensor, SHAPE_OFFSET, 'int64_t', DIMENSIONS),
        Number,
      )
      return [row, rows, planes, cubes]
    },
    typeOf: (tensor) => koffi.decode(tensor, 0, 'int32_t'),
  }
}
