import { basename } from 'node:path'
import { z } from 'zod'
import {
  AdapterSuffix,
  adapterModelId,
  MAX_MODELS,
  ModelId,
  tunedBaseOf,
  tunedIdOf,
} from '../../shared/node.ts'

/** A model to serve: what callers name, and where it comes from. */
export interface ModelSource {
  id: string
  uri: string
  /** The hash that the operator has given for its file. */
  sha256?: string
}

/** `name=` in front of a model. What begins as a path or a URI has no name in front, whatever signs follow. */
const NAMED_MODEL = /^(?!hf:|huggingface:|https?:)([A-Za-z0-9][\w.:/-]{0,199})=(.+)$/

/** A hash behind a model. */
const PINNED_MODEL = /^(.+)#sha256=([0-9a-f]{64})$/i

/** The id of a model that was given no name: its file's name, or its repository's. */
const defaultModelId = (uri: string): string =>
  basename(uri.replace(/[?#].*$/, ''))
    .replace(/\.gguf$/i, '')
    .replace(/-\d{5}-of-\d{5}$/, '')
    .replace(/-GGUF(?=$|:)/i, '')

/** A LoRA adapter to serve, and where it comes from. */
export interface AdapterSource extends Omit<ModelSource, 'id'> {
  /** The id of its model. */
  model: string
  suffix: string
}

/** Throws an error whose message goes behind the name of the flag. */
function toAdapterSource(text: string, models: readonly ModelSource[]): AdapterSource {
  // Ids may have colons and equals signs in them, so they are looked for and not guessed.
  const [model] = models
    .filter(({ id }) => text.startsWith(adapterModelId(id, '')))
    .toSorted((a, b) => b.id.length - a.id.length)
  if (model === undefined) throw new Error(`must be model:name=adapter, with a model of this node: "${text}"`)
  const rest = text.slice(adapterModelId(model.id, '').length)
  const [, suffix = '', source = ''] = /^([^=]*)=(.+)$/.exec(rest) ?? []
  if (!AdapterSuffix.safeParse(suffix).success) {
    throw new Error(`needs a name of letters, digits, dots and dashes, and a file behind it: "${text}"`)
  }
  if (tunedIdOf(suffix) !== undefined)
    throw new Error(`cannot be called as the edge calls adapters: "${text}"`)
  const [, uri = source, sha256] = PINNED_MODEL.exec(source) ?? []
  if (/#sha256=/i.test(uri)) throw new Error(`has no SHA-256 of 64 hex digits behind "${uri}"`)
  return { model: model.id, suffix, uri, ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }) }
}

/**
 * Adapters as an operator names them: `model:name=path`, the path as that of a model. Throws an error whose message goes
 * behind the name of the flag.
 */
export function toAdapterSources(texts: readonly string[], models: readonly ModelSource[]): AdapterSource[] {
  const adapters = texts.map((text) => toAdapterSource(text, models))
  const ids = adapters.map(({ model, suffix }) => adapterModelId(model, suffix))
  const taken = new Set(models.map(({ id }) => id))
  const repeated = ids.find((id, index) => taken.has(id) || ids.indexOf(id) !== index)
  if (repeated !== undefined) throw new Error(`names "${repeated}", which is a model or an adapter already`)
  return adapters
}

function toModelSource(text: string): ModelSource {
  const [, model = text, sha256] = PINNED_MODEL.exec(text) ?? []
  const [, id = defaultModelId(model), uri = model] = NAMED_MODEL.exec(model) ?? []
  return { id, uri, ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }) }
}

/** Models as an operator names them: `path`, `name=path`, `name=hf:user/repository#sha256=<hex>`. */
export const Models = z
  .array(z.string().min(1, { error: 'needs a file or an hf: URI' }), {
    error: 'is required: a GGUF file or an hf: URI',
  })
  .min(1, { error: 'is required: a GGUF file or an hf: URI' })
  .max(MAX_MODELS, { error: `can be given at most ${MAX_MODELS} times` })
  .transform((texts, context) => {
    const models = texts.map(toModelSource)
    const ids = models.map(({ id }) => id)
    const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
    const unpinned = models.find(({ uri }) => /#sha256=/i.test(uri))
    if (unpinned) {
      context.addIssue({
        code: 'custom',
        message: `has no SHA-256 of 64 hex digits behind "${unpinned.uri}"`,
      })
    }
    const isNamed = (id: string) => ModelId.safeParse(id).success && tunedBaseOf(id) === undefined
    const nameless = models.find(({ id }) => !isNamed(id))
    if (repeated !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `names "${repeated}" twice: give each its own with name=model`,
      })
    }
    if (nameless) {
      context.addIssue({ code: 'custom', message: `has no usable name in "${nameless.uri}": use name=model` })
    }
    return models
  })
