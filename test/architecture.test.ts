import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { circlesOf } from './support/circles.ts'
import { functionLines } from './support/function-lines.ts'
import { codeOf, filesUnder, type Import, importsIn, importsOf, loadedBy, textOf } from './support/imports.ts'

interface Rule {
  /** Folders that a folder may import besides itself. */
  folders: readonly string[]
  /** Folders and packages of which it may know the types, and nothing that runs. */
  types?: readonly string[]
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
      'htmlparser2',
      'linkedom',
      '@mozilla/readability',
      'robots-parser',
      '@streamparser/json',
      'ipaddr.js',
      'standardwebhooks',
      '@modelcontextprotocol/client',
      'csv-stringify',
      'hyparquet-writer',
      'yaml',
      'snowball-stemmers',
      'franc-min',
      'stopword',
      'node:async_hooks',
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
    packages: ['hono', '@hono/zod-openapi', '@modelcontextprotocol/server'],
  },
  // Runs in browsers. Its forms and lists are typed by the very schemas that the edge answers by.
  'worker/console': {
    folders: ['shared'],
    types: ['worker/surfaces', 'zod'],
    packages: [
      'preact',
      '@preact/signals',
      'preact-iso',
      'uplot',
      'marked',
      'dompurify',
      'temml',
      'highlight.js',
      'vite',
      'node:path',
    ],
  },
  'worker/queues': { folders: ['shared', 'worker/services'], packages: [] },
  'worker/durable': {
    folders: ['shared', 'worker/db', 'worker/services'],
    packages: ['zod', 'cloudflare:workers'],
  },
  'gpu-node': {
    folders: ['shared', 'gpu-node/training', 'gpu-node/tasks'],
    packages: ['zod', 'ws', 'node-llama-cpp', '@huggingface/jinja', 'node:'],
  },
  'gpu-node/training': {
    folders: ['shared', 'gpu-node', 'gpu-node/trainer'],
    packages: ['zod', 'node:'],
  },
  'gpu-node/tasks': {
    folders: ['shared', 'gpu-node', 'gpu-node/training', 'gpu-node/sandbox'],
    packages: ['zod', 'esbuild', 'node:'],
  },
  // Runs in Deno, without a right to anything.
  'gpu-node/sandbox': {
    folders: ['shared'],
    packages: [
      'zod',
      'unpdf',
      'mammoth',
      'fflate',
      '@hyzyla/pdfium',
      'tesseract.js-core',
      'mathjs',
      'nerdamer-prime',
    ],
  },
  'gpu-node/trainer': {
    folders: ['shared', 'gpu-node'],
    packages: ['zod', 'koffi', 'node-llama-cpp', '@node-llama-cpp', 'node:'],
  },
}

/**
 * The floors of services, from the lowest. A room imports those on floors below it, and beside it as long as no circle comes
 * of it. Some are named before they are there.
 */
const floors: readonly (readonly string[])[] = [
  ['secrets', 'limits', 'audit', 'recent', 'lazily', 'sweep', 'merge-patch', 'pause', 'text'],
  ['files', 'metering', 'accounts', 'pool', 'webhooks', 'idempotency'],
  ['inference', 'workspace', 'tasks', 'library'],
  ['administration', 'documents'],
  ['models', 'advising'],
  ['conversations'],
  ['datasets', 'agent-tools', 'agents', 'mcp', 'search-datasets', 'responses'],
  ['training', 'stubs'],
]

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

  it('follows circles of two, of three, of one, and none where paths only meet', () => {
    const graph = (edges: Record<string, string[]>) => circlesOf(new Map(Object.entries(edges)))
    expect(graph({ a: ['b', 'c'], b: ['d'], c: ['d'] })).toEqual([])
    expect(graph({ a: ['b'], b: ['a'] })).toEqual([['a', 'b']])
    expect(graph({ z: ['a'], a: ['b'], b: ['c', 'd'], c: ['a'], d: ['d'] })).toEqual([['d'], ['a', 'b', 'c']])
    expect(graph({ a: ['b', 'c'], b: ['a'], c: ['d'], d: ['b'] })).toEqual([['a', 'b', 'c', 'd']])
  })

  it('sees the files of every root', () => {
    for (const root of ROOTS) expect(sources.some((file) => file.startsWith(`${root}/`))).toBe(true)
    for (const folder of Object.keys(rules))
      expect(sources.some((file) => folderOf(file) === folder)).toBe(true)
  })
})

describe('the lines of a function', () => {
  const filler = (count: number) => 'x += 1\n'.repeat(count)
  it('are all between its first and its last', () => {
    expect(functionLines(`let x = 0\nfunction f(): void {\n${filler(79)}}`)).toEqual([{ line: 2, lines: 81 }])
    expect(functionLines(`class A { #x = 1\n m(): void {\n${filler(2)}}\n}`)).toEqual([{ line: 2, lines: 4 }])
  })

  it('are not those of the functions inside it', () => {
    const inner = `{ m() {\n${filler(50)}}, n: () => {\n${filler(40)}} }`
    const lines = functionLines(`const f = (x: number) => {\n${filler(3)}return ${inner}\n}`)
    expect(lines).toEqual([
      { line: 1, lines: 6 },
      { line: 5, lines: 52 },
      { line: 56, lines: 42 },
    ])
  })
})

describe('every source file', () => {
  it.each(sources)('%s imports only what its folder may', (file) => {
    const folder = folderOf(file)
    const rule = folder === undefined ? undefined : rules[folder]
    const mayImport = ({ target, ours, typeOnly }: Import): boolean => {
      if (ours && !sources.includes(target) && !/\.(json|css)$/.test(target)) return false // misspelt, or a test
      if (!rule) return true // worker/index.ts and its siblings wire everything together; scripts may use all that runs
      if (!ours)
        return (
          rule.packages.some((name) => isPackageOf(target, name)) ||
          (typeOnly && rule.types?.includes(target) === true)
        )
      const other = folderOf(target)
      const isKnown = typeOnly && rule.types?.includes(other ?? '')
      return other === folder || isKnown || rule.folders.includes(other ?? '')
    }
    const strays = importsOf(file).filter((one) => !mayImport(one))
    expect(strays.map((stray) => describeStray(file, stray))).toEqual([])
  })

  it('is in no circle of imports, those of types included', () => {
    const imported = (file: string) => importsOf(file).flatMap(({ target, ours }) => (ours ? [target] : []))
    expect(circlesOf(new Map(sources.map((file) => [file, imported(file)])))).toEqual([])
  })

  it('shares its folder with at most 19 others', () => {
    const counts = new Map<string, number>()
    for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > 20)).toEqual([])
  })

  it('has no function of more than 80 lines, those of the functions inside it not counted', () => {
    const long = sources.flatMap((file) =>
      functionLines(textOf(file), file.endsWith('.tsx') ? 'tsx' : 'ts').flatMap(({ line, lines }) =>
        lines > 80 ? [`${file}:${line} has ${lines} lines`] : [],
      ),
    )
    expect(long).toEqual([])
  })

  it('has at most 400 lines, tests too', () => {
    const lines = [...sources, ...tests].map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
    expect(lines.filter((counted) => counted.lines > 400)).toEqual([])
  })

  it('is named after a thing, not after a kind', () => {
    const kinds = /^(utils?|helpers?|types|constants|misc)\.(ts|mjs)$/
    expect(sources.filter((file) => kinds.test(basename(file)))).toEqual([])
  })

  it('says what a thing is and not "What" it is, tests too', () => {
    const vague = /\/\*\*\s*(?:\*\s*)?What\b/
    expect([...sources, ...tests].filter((file) => vague.test(textOf(file)))).toEqual([])
  })

  it('silences no checker, tests neither', () => {
    // a word behind it makes it a sentence, not a type
    const silencers =
      /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable|\bas any\b|: any\b(?! [a-z])/
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

  it('a service stands on the floors below it', () => {
    const roomOf = (path: string) => /^worker\/services\/([^/.]+)/.exec(path)?.[1]
    const floorOf = (path: string) => floors.findIndex((rooms) => rooms.some((room) => room === roomOf(path)))
    const files = filesUnder('worker/services')
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([])
    const beside = new Map<string, string[]>()
    const above = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => {
          const [room, other] = [roomOf(file), roomOf(target)]
          if (room === undefined || other === undefined || room === other) return false
          beside.set(room, [...(beside.get(room) ?? []), other])
          return floorOf(target) > floorOf(file)
        })
        .map((stray) => describeStray(file, stray)),
    )
    expect(above).toEqual([])
    expect(circlesOf(beside)).toEqual([])
  })

  it('an object serves the interface that services call it by', () => {
    const classes = filesUnder('worker/durable').flatMap((file) =>
      [...codeOf(file).matchAll(/class\s+(\w+)\s+extends\s+DurableObject\b([^{]*)/g)].map(
        ([, name, rest]) => ({
          name,
          serves: /implements Serves<\w+Stub>/.test(rest ?? ''),
        }),
      ),
    )
    expect(classes).not.toEqual([])
    expect(classes.filter(({ serves }) => !serves)).toEqual([])
  })

  it('an object is found by name in one file', () => {
    const finders = /\.(getByName|idFromName|idFromString|newUniqueId)\(/
    const files = filesUnder('worker').filter((file) => finders.test(codeOf(file)))
    expect(files).toEqual(['worker/services/stubs.ts'])
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
    const walked = ['test/worker/routes.test.ts', 'test/worker/surfaces/mcp/routes.test.ts']
      .map(textOf)
      .join()
    for (const surface of readdirSync('worker/surfaces')) {
      expect(walked).toContain(`../worker/surfaces/${surface}/index.ts'`)
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

/** Itself a Worker: the edge of this machine, or of a bench, with more than must be in the one that is deployed. */
const isWorker = (file: string) => /^scripts\/(?:edge|bench\/\w+)\/worker\.ts$/.test(file)

describe('scripts/', () => {
  it.each(filesUnder('scripts').filter((file) => !isWorker(file)))(
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
