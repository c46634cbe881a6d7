import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildConsole } from './console/build.ts'
import { PlainFailure, runScript } from './plain-failure.ts'
import { ROOT, WRANGLER } from './root.ts'

const NO_DATABASE = /database_id\s*=\s*"0{8}-0{4}-0{4}-0{4}-0{12}"/

/** `--env` also chooses which database is migrated; the other flags are for `wrangler deploy` alone. */
export function environmentArgs(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => arg === '--env' || arg === '-e' || arg.startsWith('--env='))
  if (at < 0) return []
  return args.slice(at, args[at]?.includes('=') ? at + 1 : at + 2)
}

async function wrangler(...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, stdio: 'inherit' })
  const [code] = await once(child, 'close')
  return typeof code === 'number' ? code : 1
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  await buildConsole()
  // With these wrangler deploys nothing, so nothing is migrated either.
  if (args.some((arg) => ['--dry-run', '--help', '-h'].includes(arg))) return wrangler('deploy', ...args)
  if (NO_DATABASE.test(await readFile(join(ROOT, 'wrangler.toml'), 'utf8'))) {
    throw new PlainFailure(
      'wrangler.toml names no database yet: put the id that `npx wrangler d1 create switchyard` prints into database_id.',
    )
  }
  const migrated = await wrangler('d1', 'migrations', 'apply', 'DB', '--remote', ...environmentArgs(args))
  if (migrated !== 0) return migrated
  const deployed = await wrangler('deploy', ...args)
  if (deployed === 0) {
    process.stdout.write(
      'If this was the first deploy, set its secret now: npx wrangler secret put JWT_SECRET.\n',
    )
  }
  return deployed
}

if (import.meta.main) await runScript(main)
