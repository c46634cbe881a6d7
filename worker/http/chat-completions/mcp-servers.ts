import { z } from '@hono/zod-openapi'

/** How the ids of servers begin. */
export const MCP_SERVER_PREFIX = 'mcps_'

/** MCP servers of the account whose tools an agent may use, by their labels or ids. */
export const mcpServerNames = (most: number) =>
  z.array(z.string().min(1).max(64)).min(1).max(most).nullish().openapi({
    description:
      'Extension, together with `agent_type`: MCP servers of yours, by label or id, whose tools the agent may use.',
  })

/** Names of servers in a request: labels as they are, ids as their rows have them. */
export const serverNamesIn = (given: readonly string[] | null | undefined): string[] =>
  (given ?? []).map((name) =>
    name.startsWith(MCP_SERVER_PREFIX) ? name.slice(MCP_SERVER_PREFIX.length) : name,
  )
