import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultThreads } from '../../gpu-node/engine/llama.ts'
import { causeOf } from '../../shared/failure-cause.ts'
import { parseFlags } from '../flags.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { ROOT } from '../root.ts'
import { advising } from './advising/advising.ts'
import { agents } from './agents.ts'
import { type Bench, type BenchContext, BenchSkip } from './bench.ts'
import { chat } from './chat/chat.ts'
import { consoleBenches } from './console/console.ts'
import { documents } from './documents/documents.ts'
import { engine } from './engine/engine.ts'
import { longPrompt } from './engine/long-prompt.ts'
import { promptLookup } from './engine/prompt-lookup.ts'
import { exports } from './exports.ts'
import { firstToken } from './first-token.ts'
import { http } from './http/http.ts'
import { memory } from './memory/memory.ts'
import { move } from './move/move.ts'
import { path } from './path.ts'
import { placement } from './placement/placement.ts'
import { python } from './python.ts'
import { relay } from './relay.ts'
import { type BenchResult, surroundings, tableOf, writeReport } from './report.ts'
import { responses } from './responses.ts'
import { retrieval } from './retrieval/retrieval.ts'
import { size } from './size.ts'
import { starter } from './starter.ts'
import { step } from './step/step.ts'
import { train } from './train/train.ts'

const BENCHES: readonly Bench[] = [
  ...[relay, firstToken, path, http, chat, responses],
  ...[engine, step, longPrompt, promptLookup, starter],
  ...[size, memory, move, placement, ...train],
  ...[documents, advising, exports, ...retrieval],
  ...[python, agents, ...consoleBenches],
]

/** Another load of this much already moves the figures. */
const QUIET_LOAD = 0.3

const HELP = `Measures this checkout on this machine, side by side in one run. Without names: everything.

Usage: npm run bench [-- <name> ...] [--threads <n>] [--short] [--profile]

${BENCHES.map(({ name, summary }) => `  ${name.padEnd(20)}${summary}`).join('\n')}

  --threads <n>  CPU threads of the engine. Default: as many as a node takes, which is all cores but one.
  --short        A streaming console is watched for 4 minutes in place of 30.
  --profile      Node processes leave CPU profiles in .cache/bench/profiles.

A table with targets comes at the end; .cache/bench/ keeps it as JSON. A missed target is no failure of the command:
it exits with 1 when a bench could not be run. Figures of a machine that does other work are worth nothing.
`

/** A bench of several parts is chosen as a whole (`retrieval`) or by one of them (`retrieval:quality`). */
const isCalled = ({ name }: Bench, called: string): boolean =>
  name === called || name.startsWith(`${called}:`)

function chosenBenches(names: readonly string[]): readonly Bench[] {
  const stray = names.find((name) => !BENCHES.some((bench) => isCalled(bench, name)))
  if (stray !== undefined)
    throw new PlainFailure(`There is no bench "${stray}": see npm run bench -- --help.`)
  return names.length === 0 ? BENCHES : BENCHES.filter((bench) => names.some((name) => isCalled(bench, name)))
}

function threadsOf(text: string | undefined): number {
  if (text === undefined) return defaultThreads()
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new PlainFailure('--threads must be a whole number above 0.')
  return Number(text)
}

function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  return stop.signal
}

async function runBench(bench: Bench, context: BenchContext): Promise<BenchResult> {
  try {
    return { bench: bench.name, figures: await bench.run(context) }
  } catch (thrown) {
    if (context.signal.aborted) throw new PlainFailure('Stopped.')
    if (thrown instanceof BenchSkip) return { bench: bench.name, skipped: thrown.message }
    // The next bench may still work.
    return { bench: bench.name, failure: causeOf(thrown) }
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseFlags('npm run bench', {
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      profile: { type: 'boolean' },
      short: { type: 'boolean', default: false },
      threads: { type: 'string' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const benches = chosenBenches(positionals)
  const threads = threadsOf(values.threads)
  const cacheDir = join(ROOT, '.cache', 'bench')
  const profileDir = values.profile ? join(cacheDir, 'profiles') : undefined
  await mkdir(profileDir ?? cacheDir, { recursive: true })
  const signal = stopSignal()
  const machine = surroundings()
  if (machine.load > QUIET_LOAD * machine.cores) {
    process.stderr.write(`This machine is busy (load ${machine.load}): only ratios mean something now.\n`)
  }
  const scratchDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'))
  const results: BenchResult[] = []
  try {
    for (const bench of benches) {
      const note = (text: string) => process.stderr.write(`${bench.name}: ${text}\n`)
      const isShort = values.short
      results.push(
        await runBench(bench, { scratchDir, cacheDir, profileDir, threads, isShort, note, signal }),
      )
    }
  } finally {
    await rm(scratchDir, { recursive: true, force: true, maxRetries: 3 })
  }
  const reportPath = await writeReport(cacheDir, machine, results)
  process.stdout.write(`\n${tableOf(results)}\n\n${reportPath}\n`)
  return results.some((result) => 'failure' in result) ? 1 : 0
}

await runScript(main)
