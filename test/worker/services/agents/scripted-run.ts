import { z } from 'zod'
import type { Tool, ToolContext } from '../../../../worker/services/agent-tools/tool.ts'
import { createToolbox } from '../../../../worker/services/agent-tools/toolbox.ts'
import type { Loop } from '../../../../worker/services/agents/hands.ts'
import type { Journal } from '../../../../worker/services/agents/journal.ts'
import type { Piece, RunEvent } from '../../../../worker/services/agents/run-events.ts'
import { RunHands, type RunParts } from '../../../../worker/services/agents/run-hands.ts'
import type { RunModel } from '../../../../worker/services/agents/run-model.ts'
import type { RunSpec } from '../../../../worker/services/agents/spec.ts'
import { TRUST_RULES } from '../../../../worker/services/agents/trust.ts'

export const SPEC: RunSpec = {
  id: 'run',
  accountId: 'account',
  keyId: null,
  isAdministrator: false,
  mayReadFiles: true,
  requestId: 'request',
  model: 'starter',
  contextTokens: 4_096,
  messages: [{ role: 'user', content: 'How is the weather in Seoul?' }],
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, frequencyPenalty: 0, presencePenalty: 0, seed: 1 },
  maxTokens: null,
  loop: 'react',
  agentType: 'react',
  conversationId: null,
  sessionId: null,
  isDetached: false,
  places: [],
}

/** A journal in memory. */
export function memoryJournal(): Journal & { keys(): string[] } {
  const kept = new Map<string, string>()
  let said: Piece = { text: '', tokens: [] }
  return {
    takeSaid: () => said,
    say(from, { text, tokens }) {
      said = {
        text: said.text.slice(0, from) + text,
        tokens: [...(from === 0 ? [] : said.tokens), ...tokens],
      }
    },
    has: (key) => kept.has(key),
    read: (key) => (kept.has(key) ? JSON.parse(kept.get(key) ?? '') : undefined),
    write: (key, value) => void kept.set(key, JSON.stringify(value ?? null)),
    keys: () => [...kept.keys()],
  }
}

/** A tool that says what it was asked. */
export function echoTool(name: string, over: Partial<Tool<{ text: string }>> = {}): Tool {
  const tool: Tool<{ text: string }> = {
    name,
    description: `Says ${name}.`,
    arguments: z.strictObject({ text: z.string() }),
    effect: 'reads',
    brings: 'own words',
    limitMs: 1_000,
    offered: async () => undefined,
    run: async ({ text }: { text: string }, _context: ToolContext) => ({ text: `${name}: ${text}` }),
    ...over,
  }
  return tool as unknown as Tool // the toolbox checks arguments before it runs a tool
}

export interface Script {
  /** The decisions of the model, one after the other, as JSON or as text; then it answers. */
  thoughts?: readonly unknown[]
  answer?: string
  tools?: readonly Tool[]
  journal?: Journal
  over?: Partial<RunParts>
  spec?: Partial<RunSpec>
}

const USAGE = { promptTokens: 10, cachedPromptTokens: 4, completionTokens: 2 }

/** Runs a loop with a model that follows a script. */
export async function runLoop(
  loop: Loop,
  {
    thoughts = [],
    answer = 'The answer.',
    tools = [echoTool('echo')],
    journal = memoryJournal(),
    over,
    spec,
  }: Script,
) {
  const prompts: { text: string; isDecision: boolean; schema: unknown; maxTokens: number | undefined }[] = []
  let thought = 0
  const model: RunModel = {
    async *generate(messages, { schema, maxTokens }) {
      prompts.push({
        text: messages.map(({ content }) => content).join('\n'),
        isDecision: schema !== undefined,
        schema,
        maxTokens,
      })
      if (!schema) {
        yield { text: answer.slice(0, 4), tokens: [1] }
        yield { text: answer.slice(4), tokens: [2] }
        return { text: answer, finishReason: 'stop', usage: USAGE }
      }
      const decided = thoughts[thought] ?? { action: 'answer' }
      thought += 1
      const text = typeof decided === 'string' ? decided : JSON.stringify(decided)
      return { text, finishReason: 'stop', usage: USAGE }
    },
  }
  const events: RunEvent[] = []
  const hands = new RunHands({
    spec: { ...SPEC, ...spec },
    model,
    toolbox: createToolbox({ tools, rules: TRUST_RULES, log: { error: () => {} } }),
    journal,
    emit: (event) => void events.push(event),
    stillMay: async () => {},
    approved: async () => true,
    startedAt: 0,
    now: () => 0,
    signal: new AbortController().signal,
    ...over,
  })
  await hands.open()
  await loop(hands)
  const said = events.flatMap((event) => (event.type === 'answer.delta' ? [event.text] : [])).join('')
  return { events, prompts, said, summary: hands.summary, journal }
}

/** The decision for a call. */
export const call = (action: string, text: string) => ({ action, arguments: { text } })
