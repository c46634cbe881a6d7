import { findDeno } from '../../../../gpu-node/tasks/deno.ts'
import { ErrandProcess } from '../../../../gpu-node/tasks/errands/errand-process.ts'
import { keepPythonMemory } from '../../../../gpu-node/tasks/errands/python-memory.ts'
import { keptBundle, SHARED_BUNDLES } from '../../../../gpu-node/tasks/kept-bundle.ts'
import type { ErrandKind } from '../../../../shared/tasks/errands.ts'

/** Where errands run, with the memory of Python that nodes keep. */
export async function errandPlace() {
  const deno = findDeno()
  if (deno === undefined) throw new Error('Deno is not installed.')
  const place = { deno, bundle: await keptBundle(SHARED_BUNDLES) }
  await keepPythonMemory(place)
  return place
}

/** Does one errand in a process of its own. */
export async function doErrand(
  place: Awaited<ReturnType<typeof errandPlace>>,
  kind: ErrandKind,
  input: string,
  limitMs = 20_000,
) {
  const process = new ErrandProcess(place, kind)
  const end = await process.run(input, limitMs, new AbortController().signal)
  await process.gone
  return end
}
