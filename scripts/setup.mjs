// Runs a script of this repository under the Node that it comes with, and installs the packages first where that is
// needed. Uses Node's built-ins alone and runs on Node 20: when it starts, nothing else may be there yet.
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packagedNode = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

const OLDEST_NODE = 20
/** From here on Node runs TypeScript by itself, so a node installed without development packages needs no other. */
const OWN_NODE = 24
const NPM_TAIL_LINES = 15
/** How often a look is taken at whether npm is still there. */
const PARENT_CHECK_MS = 500

const major = Number(process.versions.node.split('.')[0])

/** npm writes its hidden lock file last, so a broken-off install has none and counts as missing. */
function needsInstall() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return true
  if (!existsSync(packagedNode) && major < OWN_NODE) return true
  return statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs
}

/**
 * Starts a child and resolves with its exit code once its output is closed. The child decides what a signal means, so
 * this process outlives it. SIGINT from a terminal reaches the whole group by itself; without a terminal it is passed on.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onOutput?: (text: string) => void }} options
 * @returns {Promise<number>}
 */
function run(command, args, { onOutput, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options })
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
    process.on('SIGINT', () => process.stdin.isTTY || forward('SIGINT'))
    process.on('SIGTERM', forward)
    process.on('SIGHUP', forward)
    // npm runs scripts through a shell, which a SIGTERM to npm ends without reaching us: the child must not outlive npm.
    const parent = process.ppid
    const watch = setInterval(() => process.ppid === parent || forward('SIGTERM'), PARENT_CHECK_MS)
    child.stdout?.on('data', (data) => onOutput?.(String(data)))
    child.stderr?.on('data', (data) => onOutput?.(String(data)))
    child.once('error', (error) => {
      clearInterval(watch)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearInterval(watch)
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
      // What a shell reports for a process that a signal ended.
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}

async function install() {
  process.stderr.write('Installing packages (about a minute)…\n')
  // The npm that called us, if one did: a machine may have several.
  const npm = process.env.npm_execpath
  const [command, ...args] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  let output = ''
  // Not `npm ci`: it refuses a lock file that lacks a package of another platform, and a registry need not have them all.
  // With `--no-save` the locked versions are installed and the lock file stays as it is.
  const flags = ['--no-save', '--include=dev', '--no-fund', '--no-audit']
  const code = await run(command ?? 'npm', [...args, 'install', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The prebuilt llama.cpp comes through npm; its install script would try to download or compile one.
    env: { ...process.env, NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' },
    onOutput: (text) => {
      output += text
    },
  }).catch((thrown) => {
    output += `npm could not be started: ${thrown.message}`
    return 1
  })
  if (code === 0) return
  const tail = output.trimEnd().split('\n').slice(-NPM_TAIL_LINES).join('\n')
  process.stderr.write(`${tail}\nThe packages could not be installed; the lines above are npm's.\n`)
  process.exit(1)
}

/** An install that runs no scripts (`--ignore-scripts`) leaves the pages' files out, without which the edge cannot start. */
async function makeAssets() {
  try {
    await import('./assets.mjs')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : thrown
    process.stderr.write(`The pages of /docs and /redoc could not be copied: ${reason}\n`)
    process.exit(1)
  }
}

if (major < OLDEST_NODE) {
  process.stderr.write(`Switchyard needs Node ${OLDEST_NODE} or newer; this is ${process.version}.\n`)
  process.exit(1)
}
if (needsInstall()) await install()
await makeAssets()
const node = existsSync(packagedNode) ? packagedNode : process.execPath
// Every process of ours, and wrangler's, begins with code that Node.js need not strip and compile again.
const env = { NODE_COMPILE_CACHE: join(root, '.cache', 'node'), ...process.env }
process.exitCode = await run(node, process.argv.slice(2), { stdio: 'inherit', env })
