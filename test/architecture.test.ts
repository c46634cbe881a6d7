import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeOf, filesUnder, type Import, importsIn, importsOf, loadedBy, textOf } from './support/imports.ts'

interface Rule {
  /** Folders that a folder may import besides itself. */
  folders: readonly string[]
  /** Packages that it may import; a subpath (`hono/router`) belongs to its package. `node:` is all of Node. */
  packages: readonly string[]
}

/** Who may import whom, and which packages. The longest folder that fits a path speaks for it. */
const rules: Record<string, Rule> = {
  shared: { folders: [], packages: ['zod'] },
  'worker/db': { folders: ['shared'], packages: ['drizzle-orm'] },
  'worker/services': {
    folders: ['shared', 'worker/db'],
    packages: [
      'drizzle-orm',
      'jose',
      'zod',
      'xss',
      'csv-parse',
      'node:buffer',
      'node:crypto',
      'cloudflare:workers',
    ],
  },
  'worker/http': {
    folders: ['shared', 'worker/services'],
    packages: ['hono', '@hono/zod-openapi', '@fastify/busboy'],
  },
  'worker/surfaces': {
    folders: ['shared', 'worker/http', 'worker/services'],
    packages: ['hono', '@hono/zod-openapi'],
  },
  'worker/durable': {
    folders: ['shared', 'worker/db', 'worker/services'],
    packages: ['zod', 'cloudflare:workers'],
  },
  'gpu-node': {
    folders: ['shared'],
    packages: ['zod', 'ws', 'node-llama-cpp', '@huggingface/jinja', 'node:'],
  },
  'gpu-node/trainer': {
    folders: ['shared', 'gpu-node'],
    packages: ['zod', 'koffi', 'node-llama-cpp', '@node-llama-cpp', 'node:'],
  },
}

const ROOTS = ['shared', 'worker', 'gpu-node', 'scripts']

const sources = ROOTS.flatMap(filesUnder)
const tests = filesUnder('test')

const folderOf = (path: string): string | undefined =>
  Object.keys(rules)
    .filter((folder) => path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0]

const isPackageOf = (target: string, name: string) =>
  name.endsWith(':') ? target.startsWith(name) : target === name || target.startsWith(`${name}/`)

const describeStray = (file: string, { target }: Import) => `${file} imports ${target}`

/** The surface that a file belongs to, e.g. `openai`. */
const surfaceOf = (path: string) => /^worker\/surfaces\/([^/]+)\//.exec(path)?.[1]

describe('the reader of imports', () => {
  it.each([
    ["import { a } from './b.ts'", 'worker/b.ts', false],
    ["import {\n  a,\n  type C,\n} from './b.ts'", 'worker/b.ts', false],
    ["import type { A } from './b.ts'", 'worker/b.ts', true],
    ["import { type A, type B } from '../b.ts'", 'b.ts', true],
    ["import './b.ts'", 'worker/b.ts', false],
    ["export * from './b.ts'", 'worker/b.ts', false],
    ["export type { A } from './b.ts'", 'worker/b.ts', true],
    ["const b = await import('./b.ts')", 'worker/b.ts', false],
    ["import hono from 'hono'", 'hono', false],
    ['import hono from "hono/tiny"', 'hono/tiny', false],
  ])('understands %j', (code, target, typeOnly) => {
    expect(importsIn(code, 'worker/a.ts')).toEqual([expect.objectContaining({ target, typeOnly })])
  })

  it('sees the files of every root', () => {
    for (const root of ROOTS) expect(sources.some((file) => file.startsWith(`${root}/`))).toBe(true)
    for (const folder of Object.keys(rules))
      expect(sources.some((file) => folderOf(file) === folder)).toBe(true)
  })
})

describe('every source file', () => {
  it.each(sources)('%s imports only what its folder may', (file) => {
    const folder = folderOf(file)
    const rule = folder === undefined ? undefined : rules[folder]
    const mayImport = ({ target, ours }: Import): boolean => {
      if (ours && !sources.includes(target) && !target.endsWith('.json')) return false // misspelt, or a test
      if (!rule) return true // worker/index.ts and its siblings wire everything together; scripts may use all that runs
      if (!ours) return rule.packages.some((name) => isPackageOf(target, name))
      const other = folderOf(target)
      return other === folder || rule.folders.includes(other ?? '')
    }
    const strays = importsOf(file).filter((one) => !mayImport(one))
    expect(strays.map((stray) => describeStray(file, stray))).toEqual([])
  })

  it('has at most 400 lines, tests too', () => {
    const lines = [...sources, ...tests].map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
    expect(lines.filter((counted) => counted.lines > 400)).toEqual([])
  })

  it('is named after a thing, not after a kind', () => {
    const kinds = /^(utils?|helpers?|types|constants|misc)\.(ts|mjs)$/
    expect(sources.filter((file) => kinds.test(basename(file)))).toEqual([])
  })

  it('silences no checker, tests neither', () => {
    const silencers = /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable|\bas any\b|: any\b/
    const silenced = [...sources, ...tests].filter((file) => silencers.test(textOf(file)))
    expect(silenced).toEqual(['test/architecture.test.ts']) // this list of what is not allowed
  })
})

describe('worker/', () => {
  it('http knows services by their types alone', () => {
    const strays = filesUnder('worker/http').flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => folderOf(target) === 'worker/services' && !typeOnly)
        .map((stray) => describeStray(file, stray)),
    )
    expect(strays).toEqual([])
  })

  it('a surface imports no other surface', () => {
    const strays = filesUnder('worker/surfaces').flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => surfaceOf(target) !== undefined && surfaceOf(target) !== surfaceOf(file))
        .map((stray) => describeStray(file, stray)),
    )
    expect(strays).toEqual([])
  })

  it('every surface has its routes walked', () => {
    const walked = textOf('test/worker/routes.test.ts')
    for (const surface of readdirSync('worker/surfaces')) {
      expect(walked).toContain(`from '../../worker/surfaces/${surface}/index.ts'`)
    }
  })

  it('an object loads only services that keep nothing in the database', () => {
    const loaded = filesUnder('worker/durable').flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => folderOf(target) === 'worker/services' && !typeOnly)
        .flatMap(({ target }) => [...loadedBy(target)].filter((path) => folderOf(path) === 'worker/db')),
    )
    expect(loaded).toEqual([])
  })

  it('is wired by its four files and has no other at its top', () => {
    const top = sources.filter((file) => dirname(file) === 'worker')
    expect(top).toEqual(['worker/app.ts', 'worker/env.ts', 'worker/index.ts', 'worker/wiring.ts'])
  })

  it('dynamic imports name their file, so that this test sees them', () => {
    const strays = filesUnder('worker').filter((file) => /\bimport\s*\(\s*[^'"\s]/.test(codeOf(file)))
    expect(strays).toEqual([])
  })
})

/** Itself a Worker: the edge with one more route, which must not be in the one that is deployed. */
const BENCH_WORKER = 'scripts/bench/http/worker.ts'

describe('scripts/', () => {
  it.each(filesUnder('scripts').filter((file) => file !== BENCH_WORKER))(
    '%s runs nothing of the Worker that needs the platform of Workers',
    (file) => {
      const platform = [...loadedBy(file)].flatMap((path) =>
        importsOf(path)
          .filter(({ target, typeOnly }) => target.startsWith('cloudflare:') && !typeOnly)
          .map((stray) => describeStray(path, stray)),
      )
      expect(platform).toEqual([])
    },
  )
})
