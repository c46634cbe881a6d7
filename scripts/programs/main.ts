import { join } from 'node:path'
import { prepareDevVars } from '../dev-vars.ts'
import { parseFlags } from '../flags.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { ROOT } from '../root.ts'
import { type CatalogueEdge, checkRows, type Imported, sendRows } from './import.ts'
import { cricos } from './registers/cricos.ts'
import { discoverUni } from './registers/discover-uni.ts'
import { parcoursup } from './registers/parcoursup.ts'
import type { Register } from './registers/register.ts'
import { scorecard } from './registers/scorecard.ts'
import { loadSeed } from './seed.ts'

const REGISTERS: readonly Register[] = [cricos, parcoursup, discoverUni, scorecard]
const LOCAL_EDGE = 'http://127.0.0.1:8787'

const HELP = `Takes programs of study from a public register's published file into the catalogue of an edge.

  npm run programs -- import --source <register> <file> [--edition <text>] [--edge <url>]
  npm run programs -- seed [--edge <url>]          the rows that come along, again

${REGISTERS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`).join('\n')}

  --edition <text>  The edition of the file, where it does not say so itself (all but parcoursup): each figure needs one.
  --edge <url>      Default: ${LOCAL_EDGE}. The administrator's key of another edge is read from SWITCHYARD_API_KEY.

A file is taken in whole or not at all; faults are told by its lines. Programs that are there, by the register's own id,
are replaced.
`

async function edgeOf(origin: string | undefined): Promise<CatalogueEdge> {
  const { SWITCHYARD_API_KEY } = process.env
  if (SWITCHYARD_API_KEY) return { origin: origin ?? LOCAL_EDGE, apiKey: SWITCHYARD_API_KEY }
  if (origin !== undefined) throw new PlainFailure('Put the key of an administrator into SWITCHYARD_API_KEY.')
  const { DEV_API_KEY } = await prepareDevVars(join(ROOT, '.dev.vars'))
  return { origin: LOCAL_EDGE, apiKey: DEV_API_KEY }
}

function tell({ added, changed, unchanged, catalogue_version }: Imported): void {
  process.stdout.write(
    `${added} added, ${changed} changed, ${unchanged} as they were; the catalogue is at version ${catalogue_version}.\n`,
  )
}

async function importFile(
  {
    source,
    edition,
    edge,
  }: { source?: string | undefined; edition?: string | undefined; edge?: string | undefined },
  path: string | undefined,
): Promise<void> {
  const register = REGISTERS.find(({ name }) => name === source)
  if (!register) throw new PlainFailure(`--source is one of ${REGISTERS.map(({ name }) => name).join(', ')}.`)
  if (path === undefined) throw new PlainFailure('Name the file: see npm run programs -- --help.')
  if (!register.statesEdition && !edition) {
    throw new PlainFailure('The file does not say of which edition it is: say so with --edition.')
  }
  const rows = () => register.read(path, edition ?? '')
  await checkRows(rows())
  tell(await sendRows(await edgeOf(edge), rows()))
}

async function main(): Promise<number> {
  const { values, positionals } = parseFlags('npm run programs', {
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      edition: { type: 'string' },
      edge: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [command, path, ...more] = positionals
  if (values.help || command === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  if (more.length > 0) throw new PlainFailure('One file at a time: see npm run programs -- --help.')
  if (command === 'import') await importFile(values, path)
  else if (command === 'seed') tell(await loadSeed(await edgeOf(values.edge)))
  else throw new PlainFailure(`There is no command "${command}": see npm run programs -- --help.`)
  return 0
}

if (import.meta.main) await runScript(main)
