import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { z } from 'zod'
import { OperatorError } from '../../operator-error.ts'
import { PACKAGES } from '../../sandbox/errands/python-packages.ts'

/** The file of a package, as a lock pins it. */
const Pin = z.object({
  file_name: z.string().regex(/^[\w.-]+\.whl$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const Lock = z.object({ packages: z.object({ sympy: Pin, mpmath: Pin }) })

/** Which file of a package is the right one. */
export type PythonPins = Record<(typeof PACKAGES)[number], z.infer<typeof Pin>>

/** Wheels that are the right ones, as bytes: a file that is changed later changes nothing. */
export interface PythonWheels {
  /** Stands for these very bytes. */
  name: string
  wheels: { package: string; bytes: Buffer }[]
}

/** The files that the installed Pyodide's own lock pins. */
export async function pinsOfPyodide(): Promise<PythonPins> {
  const path = createRequire(import.meta.url).resolve('pyodide/pyodide-lock.json')
  return Lock.parse(JSON.parse(await readFile(path, 'utf8'))).packages
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Reads the wheels of a folder. Throws an `OperatorError` that names the first that is not there or is another one. */
export async function readWheels(folder: string, pins: PythonPins): Promise<PythonWheels> {
  const wheels: PythonWheels['wheels'] = []
  for (const name of PACKAGES) {
    const { file_name: file, sha256 } = pins[name]
    const path = join(folder, file)
    const bytes = await readFile(path).catch((cause) => {
      const message = `--python-wheels: ${path} cannot be read. It is to be the file with the SHA-256 ${sha256}.`
      throw new OperatorError(message, { cause })
    })
    const found = hashOf(bytes)
    if (found !== sha256)
      throw new OperatorError(`--python-wheels: ${path} has the SHA-256 ${found}, and not ${sha256}.`)
    wheels.push({ package: name, bytes })
  }
  const name = `packages-${hashOf(Buffer.from(PACKAGES.map((one) => pins[one].sha256).join())).slice(0, 32)}`
  return { name, wheels }
}

/** Nodes that begin at once clear each other's away; each time one of them is through. */
const MOST_TRIES = 10

/** Puts them where the sandbox reads them, whole or not at all, and leaves them there where these very bytes are already. */
export async function keepWheels(bundle: string, { name, wheels }: PythonWheels): Promise<void> {
  const folder = join(bundle, 'python', name)
  const isKept = async (): Promise<boolean> => {
    const kept = wheels.map((wheel) => readFile(join(folder, `${wheel.package}.whl`)).catch(() => undefined))
    return (await Promise.all(kept)).every((bytes, at) => bytes?.equals(wheels[at]?.bytes ?? Buffer.of()))
  }
  for (let tries = 1; !(await isKept()); tries += 1) {
    const making = `${folder}-${randomUUID()}`
    await mkdir(making, { mode: 0o700 })
    try {
      for (const { package: one, bytes } of wheels) await writeFile(join(making, `${one}.whl`), bytes)
      await rm(folder, { recursive: true, force: true })
      await rename(making, folder)
    } catch (thrown) {
      await rm(making, { recursive: true, force: true })
      if (tries === MOST_TRIES) throw thrown
    }
  }
}
