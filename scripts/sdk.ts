import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const source = join(root, 'shared', 'sdk', 'rajora-js')
const target = join(root, '.cache', 'sdk')

/** Makes the package of the JavaScript SDK in `.cache/sdk`, and prints its path. Nothing is published. */
rmSync(join(source, 'dist'), { recursive: true, force: true })
mkdirSync(target, { recursive: true })
execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', source], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
  cwd: source,
  encoding: 'utf8',
})
const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
console.log(join(target, filename))
