import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ID_RANDOM_BYTES, makeId } from '../shared/ids.ts'
import { createSecret, hashSecret, prefixOf } from '../worker/services/secrets/secrets.ts'
import { parseFlags } from './flags.ts'
import { PlainFailure, runScript } from './plain-failure.ts'
import { privateFolder } from './private-folder.ts'
import { LOCAL_ENV, ROOT, WRANGLER, WRANGLER_STATE } from './root.ts'

const HELP = `Creates an administrator in the edge's database and prints its API key, once.

  npm run admin -- --username <name> --remote   in the deployed edge's database
  npm run admin -- --username <name> --local    in this machine's
`

/** Plain enough to stand in an SQL literal and in a terminal. */
const USERNAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/

const newId = () => makeId(Date.now(), crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))

/** Both rows or neither. Every value is checked or made here: nothing in it needs escaping. */
export async function adminSql(username: string, secret: string, now: number): Promise<string> {
  if (!USERNAME.test(username)) {
    throw new PlainFailure('--username takes 1 to 64 letters, digits, dots, dashes and underscores.')
  }
  const accountId = newId()
  const key = [newId(), accountId, 'first key', prefixOf(secret), await hashSecret(secret)]
  return [
    `INSERT INTO accounts (id, number, username, username_key, roles, plan, active, created_at) VALUES ('${accountId}', (SELECT coalesce(max(number), 0) + 1 FROM accounts), '${username}', '${username.toLowerCase()}', '["admin"]', 'enterprise', 1, ${now});`,
    `INSERT INTO api_keys (id, account_id, name, prefix, hash, created_at) VALUES ('${key.join("', '")}', ${now});`,
  ].join(' ')
}

async function main(): Promise<number> {
  const { values } = parseFlags('npm run admin', {
    options: {
      username: { type: 'string' },
      remote: { type: 'boolean' },
      local: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!values.username || values.remote === values.local) {
    throw new PlainFailure(`${HELP}\nGive --username, and either --remote or --local.`)
  }
  const secret = createSecret('sk-')
  const sql = await adminSql(values.username, secret, Date.now())
  if (values.local) privateFolder(WRANGLER_STATE)
  const where = values.remote ? '--remote' : '--local'
  const child = spawn(process.execPath, [WRANGLER, 'd1', 'execute', 'DB', where, '--yes', '--command', sql], {
    cwd: ROOT,
    env: { ...process.env, ...LOCAL_ENV },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (data) => {
    complaint += String(data)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) {
    const taken = complaint.includes('UNIQUE')
      ? `The username '${values.username}' is taken.`
      : complaint.trim()
    throw new PlainFailure(`The administrator was not created. ${taken}`)
  }
  process.stdout.write(
    `Created the administrator '${values.username}'. Its API key, shown this once:\n${secret}\n`,
  )
  return 0
}

if (import.meta.main) await runScript(main)
