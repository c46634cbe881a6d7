import type { Tool, ToolContext } from '../../../../worker/services/agent-tools/tool.ts'

/** A run of somebody, as a tool is told of it. */
export const contextOf = (known: Partial<ToolContext> = {}): ToolContext => ({
  accountId: 'account',
  requestId: 'request',
  runId: 'run',
  step: 1,
  mayReadFiles: true,
  userWords: '',
  foundAddresses: [],
  isTainted: false,
  contextTokens: 2_048,
  now: () => Date.UTC(2026, 10, 29, 14, 30, 5),
  resultOf: async () => undefined,
  signal: new AbortController().signal,
  ...known,
})

/** The result of a call that did its work, as it is told of. */
export async function textOf<A>(tool: Tool<A>, args: A, context = contextOf()): Promise<string> {
  return (await tool.run(args, context)).text
}
