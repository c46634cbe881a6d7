import type { Account } from '../accounts/accounts.ts'
import { requireScope } from '../accounts/keys.ts'
import type { McpServers } from './mcp-servers.ts'

/** The ids of the servers that a run may use. A key that may run models alone names none: they are sent its account's secrets. */
export async function serversOfRun(
  mcpServers: Pick<McpServers, 'named'>,
  account: Account,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return []
  requireScope(account, 'account')
  const found = await mcpServers.named(account.id, names, 'x_mcp_servers')
  return found.map(({ id }) => id)
}
