import type { ModelHolding } from '../../../../shared/node.ts'
import { ALPHA, Garbage, type Header, readHeader, type Tensor } from './gguf-header.ts'

/** ggml's types of weights that adapters have, by block. */
const BLOCKS = new Map([
  [0, { weights: 1, bytes: 4 }],
  [1, { weights: 1, bytes: 2 }],
  [30, { weights: 1, bytes: 2 }],
  [8, { weights: 32, bytes: 34 }],
])

/** A model as its nodes announce it. Without a shape its matrices are not compared: the node that loads the result does. */
export type BaseFacts = Pick<ModelHolding, 'architecture' | 'shape' | 'sizeBytes'>

export interface ResultFile {
  /** How the file begins: all of it, or as much as a header may have. */
  head: Uint8Array
  sizeBytes: number
}

/** The settings with which an adapter was made, as far as its file tells of them. */
export interface AdapterSettings {
  rank: number
  /** As whoever loads it reckons: the strength is alpha ÷ rank. */
  alpha: number
  /** The matrices that it changes in each of its layers, by their names in a GGUF file. */
  targets: string[]
  /** The layers that it changes. */
  layers: number[]
}

interface Pair {
  /** The matrix that is changed. */
  name: string
  a: Tensor
  b: Tensor
}

function checkTensor({ name, shape, type, offset }: Tensor, dataBytes: number): void {
  const block = BLOCKS.get(type)
  if (!block) throw new Garbage(`its tensor "${name}" has a type of numbers that adapters do not have`)
  const weights = shape.reduce((product, length) => product * length, 1)
  const bytes = (weights / block.weights) * block.bytes
  if (weights <= 0 || (shape[0] ?? 0) % block.weights !== 0)
    throw new Garbage(`its tensor "${name}" has no shape`)
  if (!(offset + bytes <= dataBytes)) throw new Garbage('it is cut off')
}

function pairsOf(tensors: readonly Tensor[]): Pair[] {
  const halves = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  if (halves.size < tensors.length) throw new Garbage('a tensor of it is there twice')
  const pairs: Pair[] = []
  for (const tensor of tensors) {
    const [, name, half] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? []
    if (name === undefined) throw new Garbage(`its tensor "${tensor.name}" is not one of LoRA`)
    const other = halves.get(`${name}.lora_${half === 'a' ? 'b' : 'a'}`)
    if (!other) throw new Garbage(`its tensor "${name}" has only one of its two halves`)
    if (half === 'a') pairs.push({ name, a: tensor, b: other })
  }
  if (pairs.length === 0) throw new Garbage('it changes nothing of the model')
  return pairs
}

/** A matrix of a layer, by its name in a GGUF file. */
function matrixOf(name: string): { layer: number; matrix: string } | undefined {
  const [, layer, matrix] = /^blk\.(\d{1,5})\.([a-z0-9_]+)\.weight$/.exec(name) ?? []
  return matrix === undefined ? undefined : { layer: Number(layer), matrix }
}

const anotherModel = (name: string, why: string) =>
  new Garbage(`it is an adapter of another model: its "${name}" ${why}`)

/** `a` is [inputs, rank] and `b` [rank, outputs]. */
function checkPair({ name, a, b }: Pair, shape: BaseFacts['shape']): void {
  if ([a, b].some((half) => half.shape.slice(2).some((length) => length !== 1)))
    throw new Garbage(`its tensor "${name}" is no pair of matrices`)
  if (a.shape[1] !== b.shape[0]) throw new Garbage(`the halves of its tensor "${name}" do not fit`)
  if (!shape) return
  const place = matrixOf(name)
  const matrix = place && shape.matrices.find((one) => one.name === place.matrix)
  if (!place || !matrix || place.layer >= shape.layers)
    throw anotherModel(name, 'is no matrix of the layers of this one')
  const [inputs, outputs] = [a.shape[0], b.shape[1]]
  if (inputs !== matrix.inputs || outputs !== matrix.outputs)
    throw anotherModel(
      name,
      `is ${inputs} × ${outputs}, and that of this one ${matrix.inputs} × ${matrix.outputs}`,
    )
}

function readAdapter({ head, sizeBytes }: ResultFile, base: BaseFacts | undefined) {
  const header = readHeader(head, { whole: true })
  const { values, tensors, dataAt } = header
  if (values.get('general.type') !== 'adapter' || values.get('adapter.type') !== 'lora')
    throw new Garbage('it is no LoRA adapter')
  if ([...values.keys()].some((key) => key.startsWith('adapter.alora.')))
    throw new Garbage('it works only behind certain tokens (aLoRA), which is not served')
  const own = values.get('general.architecture')
  if (base !== undefined && own !== base.architecture)
    throw new Garbage(
      `it is an adapter of another model: it was made for the architecture "${own}", and this one has "${base.architecture}"`,
    )
  for (const tensor of tensors) checkTensor(tensor, sizeBytes - dataAt)
  const pairs = pairsOf(tensors)
  for (const pair of pairs) checkPair(pair, base?.shape)
  return { header, pairs }
}

function settingsOf({ values }: Header, pairs: readonly Pair[]): AdapterSettings {
  const [first] = pairs
  const rank = first?.a.shape[1] ?? 0
  const layersOf = new Map<string, Set<number>>()
  for (const { name, a } of pairs) {
    const place = matrixOf(name)
    if (!place) throw new Garbage(`it changes "${name}", which is not trained`)
    if (a.shape[1] !== rank) throw new Garbage('its matrices have different ranks')
    layersOf.set(place.matrix, (layersOf.get(place.matrix) ?? new Set()).add(place.layer))
  }
  const layers = [...new Set([...layersOf.values()].flatMap((each) => [...each]))].toSorted((a, b) => a - b)
  if ([...layersOf.values()].some(({ size }) => size < layers.length))
    throw new Garbage('it changes other matrices in some layers than in others')
  const alpha = values.get(ALPHA)
  // llama.cpp takes one without an alpha as it is.
  return {
    rank,
    alpha: typeof alpha === 'number' && alpha !== 0 ? alpha : rank,
    targets: [...layersOf.keys()],
    layers,
  }
}

/** Runs a check. Its flaw is a sentence's part. */
function judged<Found extends object>(check: () => Found): Found | { fault: string } {
  try {
    return check()
  } catch (thrown) {
    if (thrown instanceof Garbage) return { fault: thrown.message }
    throw thrown
  }
}

const faultOf = (found: object): string | undefined =>
  'fault' in found && typeof found.fault === 'string' ? found.fault : undefined

/**
 * Whether a file is a LoRA adapter of a model, by its header: the values, the pairs of tensors, that they have the shapes of
 * the model's matrices, and that all of them are within the file. Undefined where it is; a sentence's part where it is not.
 */
export const adapterFault = (file: ResultFile, base: BaseFacts | undefined): string | undefined =>
  faultOf(judged(() => readAdapter(file, base)))

/** The same of one that training is to go on from, with the settings that it was made with: those of every pair are one. */
export const adapterSettings = (
  file: ResultFile,
  base: BaseFacts | undefined,
): AdapterSettings | { fault: string } =>
  judged(() => {
    const { header, pairs } = readAdapter(file, base)
    return settingsOf(header, pairs)
  })

function checkWeights({ head, sizeBytes }: ResultFile, base: BaseFacts | undefined): object {
  const { values, tensors, isWhole } = readHeader(head, { whole: head.byteLength === sizeBytes })
  const own = values.get('general.architecture')
  if (own === undefined) throw new Garbage('it names no architecture')
  if (!base) return {}
  const { architecture, shape } = base
  if (own !== architecture)
    throw new Garbage(`it is of the architecture "${own}", and the model of "${architecture}"`)
  if (sizeBytes < base.sizeBytes) throw new Garbage('it is smaller than the model')
  if (!shape) return {}
  const layers = values.get(`${architecture}.block_count`)
  if (layers !== shape.layers) throw new Garbage(`it has ${layers} layers, and the model ${shape.layers}`)
  if (isWhole) checkMatrices(tensors, shape)
  return {}
}

function checkMatrices(
  tensors: readonly Tensor[],
  { layers, matrices }: NonNullable<BaseFacts['shape']>,
): void {
  const shapes = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]))
  for (let layer = 0; layer < layers; layer += 1) {
    for (const { name, inputs, outputs } of matrices) {
      const [row, rows] = shapes.get(`blk.${layer}.${name}.weight`) ?? []
      if (row !== inputs || rows !== outputs)
        throw new Garbage(`its "blk.${layer}.${name}.weight" is not ${inputs} × ${outputs} as the model's`)
    }
  }
}

/** The same of a model's file with all its weights: of a longer header as much as is there. */
export const weightsFault = (file: ResultFile, base: BaseFacts | undefined): string | undefined =>
  faultOf(judged(() => checkWeights(file, base)))
