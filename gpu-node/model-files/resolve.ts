import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { causeOf } from '../../shared/failure-cause.ts'

/** The first bytes of every GGUF file. */
const GGUF_MAGIC = 'GGUF'

/** A model from Hugging Face: `hf:user/repo:QUANT` or `hf:user/repo/file.gguf`. */
const HUB_URI = /^hf:[^/:#]+\/[^/:#]+(?:[:/].+)?$/u

export interface ResolveOptions {
  /** Where downloads go, and where earlier ones are found. Made when it is missing. */
  modelsDir: string
  /** Origin of a hub that speaks Hugging Face's protocol. */
  endpoint?: string | undefined
  onProgress?: ((progress: { downloadedBytes: number; totalBytes: number }) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Whether a model is named by its place on a hub, and not by a path. */
export const isHubUri = (uri: string): boolean => uri.startsWith('hf:')

/**
 * The file of a model, as an absolute path: a path, `hf:user/repo:QUANT` or `hf:user/repo/file.gguf`. What is not here yet
 * is downloaded. Throws an error with one plain sentence.
 */
export async function resolveModel(uri: string, options: ResolveOptions): Promise<string> {
  const isHub = isHubUri(uri)
  if (isHub && !HUB_URI.test(uri)) {
    throw new Error(`"${uri}" is not a model: expected hf:user/repo:QUANT or hf:user/repo/file.gguf.`)
  }
  const path = isHub ? await download(uri, options) : resolve(uri)
  await checkFile(path)
  return path
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((thrown: NodeJS.ErrnoException) => thrown)
  if (found instanceof Error) {
    throw new Error(
      found.code === 'ENOENT'
        ? `There is no model file at ${path}.`
        : `The model file ${path} cannot be read.`,
    )
  }
  if (!found.isFile()) throw new Error(`${path} is not a file: give the path of a .gguf file.`)
  if ((await readStart(path)) !== GGUF_MAGIC) throw new Error(`${path} is not a GGUF model file.`)
}

async function readStart(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GGUF_MAGIC.length), 0, GGUF_MAGIC.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } catch (cause) {
    throw new Error(`The model file ${path} cannot be read.`, { cause })
  }
}

async function download(
  uri: string,
  { modelsDir, endpoint, onProgress, signal }: ResolveOptions,
): Promise<string> {
  // Loaded only here: whoever names a file pays nothing for the library in this process.
  const { resolveModelFile } = await import('node-llama-cpp')
  try {
    return await resolveModelFile(uri, {
      directory: modelsDir,
      cli: false,
      ...(endpoint !== undefined && { endpoints: { huggingFace: endpoint } }),
      ...(signal !== undefined && { signal }),
      onProgress: ({ downloadedSize, totalSize }) =>
        onProgress?.({ downloadedBytes: downloadedSize, totalBytes: totalSize }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const reason = causeOf(cause).replace(/\.$/u, '')
    throw new Error(`The model ${uri} could not be downloaded: ${reason}.`, { cause })
  }
}
