import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { codeOf } from './support/imports.ts'

/** Everything that a file imports before it runs; what `import(…)` names is loaded when it is needed. */
function importedAtOnce(file: string): string[] {
  const imports = codeOf(file).matchAll(
    /^(?:import|export)\b(?!\s*type\b)(?:[^'"`;()]*?\bfrom\s*|\s*)'([^']+)'/gm,
  )
  return [...imports].map(([, target = '']) =>
    target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  )
}

/** The packages of the first load. */
function packagesOf(entry: string): Set<string> {
  const seen = new Set([entry])
  for (const file of seen)
    if (file.startsWith('worker/') || file.startsWith('shared/'))
      for (const target of /\.tsx?$/.test(file) ? importedAtOnce(file) : []) seen.add(target)
  return new Set([...seen].filter((target) => !/^(worker|shared)\//.test(target)))
}

const HEAVY = ['uplot', 'highlight.js', 'temml']
const isHeavy = (name: string) => HEAVY.some((heavy) => name === heavy || name.startsWith(`${heavy}/`))

it.each([
  'worker/console/main.tsx',
  'worker/console/pages/chat/chat.tsx',
  'worker/console/pages/nodes/nodes.tsx',
])('%s loads plots, colours and formulas when somebody needs them, and not before', (entry) => {
  const packages = [...packagesOf(entry)]
  expect(packages).toContain('preact/hooks')
  expect(packages.filter(isHeavy)).toEqual([])
})

it.each([
  ['worker/console/kit/plot.tsx', 'uplot'],
  ['worker/console/text/colours.ts', 'highlight.js/lib/core'],
  ['worker/console/text/formulas.ts', 'temml'],
])('%s is the part that loads %s', (entry, name) => expect([...packagesOf(entry)]).toContain(name))
