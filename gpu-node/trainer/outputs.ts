import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import type { Ggml } from './ggml/library.ts'
import { floatReader } from './ggml/memory.ts'
import type { OutFile } from './messages.ts'
import { writeAdapter } from './training/adapter-file.ts'
import { type Progress, writeCheckpoint } from './training/checkpoint.ts'
import type { Parameter } from './training/parameters.ts'
import type { Trainer } from './training/trainer.ts'

export interface OutputsOptions {
  ggml: Ggml
  trainer: Trainer
  folder: string
  /** `general.name` of adapters. */
  name: string
  /** The model's file, where every weight is trained. */
  fullModelPath: string | undefined
}

/** The files that a run leaves behind. Each appears whole or not at all. */
export class Outputs {
  readonly #options: OutputsOptions

  constructor(options: OutputsOptions) {
    this.#options = options
  }

  /** Everything that a run needs to go on. */
  async state(progress: Progress): Promise<OutFile> {
    const { ggml, trainer } = this.#options
    const path = this.#file(`state-${progress.step}.checkpoint`)
    await writeCheckpoint(ggml, path, trainer.parameters.all, progress)
    return outFile(path)
  }

  /** The weights as they are now: an adapter, or the whole model. */
  async learned(name: string): Promise<OutFile> {
    const { ggml, trainer, name: title, fullModelPath } = this.#options
    const path = this.#file(`${name}.gguf`)
    await rm(path, { force: true })
    const parameters = trainer.parameters.all
    if (fullModelPath !== undefined) await writeModel(ggml, fullModelPath, path, parameters)
    else {
      await writeAdapter(ggml, path, {
        architecture: trainer.places.shape.name,
        name: title,
        alpha: trainer.alpha,
        parameters,
      })
    }
    return outFile(path)
  }

  #file(name: string): string {
    return join(this.#options.folder, name)
  }
}

/** The same model with other numbers: all of its weights are floats, so that each lies where it lay before. */
async function writeModel(
  ggml: Ggml,
  from: string,
  path: string,
  parameters: readonly Parameter[],
): Promise<void> {
  const unfinished = `${path}.unfinished`
  const info = await readGgufFileInfo(from, { sourceType: 'filesystem', logWarnings: false })
  const places = new Map(
    (info.fullTensorInfo ?? []).map(({ name, fileOffset }) => [name, Number(fileOffset)]),
  )
  await copyFile(from, unfinished, constants.COPYFILE_FICLONE)
  {
    await using file = await open(unfinished, 'r+')
    const read = floatReader(ggml)
    for (const { name, tensor } of parameters) {
      const numbers = read(tensor)
      const { byteLength } = numbers
      const { bytesWritten } = await file.write(numbers, 0, byteLength, places.get(name) ?? Number.NaN)
      if (bytesWritten < byteLength) throw new Error(`The tensor "${name}" could not be written.`)
    }
    await file.sync()
  }
  await rename(unfinished, path)
}

/** A file's size and hash. */
export async function outFile(path: string): Promise<OutFile> {
  const { size: bytes } = await stat(path)
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return { path, bytes, sha256: hash.digest('hex') }
}
