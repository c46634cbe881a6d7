import type { CallToolResult } from '@modelcontextprotocol/client'
import type { ToolOutcome } from '../agent-tools/tool.ts'

type Block = CallToolResult['content'][number]

/** A part of a result in words. What is no text is named, and not shown. */
function wordsOf(block: Block): string {
  if (block.type === 'text') return block.text
  if (block.type === 'resource_link') return `${block.name}: ${block.uri}`
  if (block.type === 'resource')
    return 'text' in block.resource
      ? block.resource.text
      : `[${block.resource.uri}: not shown, it is no text]`
  return `[${block.mimeType}: not shown, it is no text]`
}

/** The result of a server's tool for a model: its words, or its values where it has no words. */
export function outcomeOf({ content, structuredContent, isError }: CallToolResult): ToolOutcome {
  const words = content.map(wordsOf).filter((text) => text !== '')
  const values = structuredContent === undefined ? '' : JSON.stringify(structuredContent)
  const text = words.length > 0 ? words.join('\n') : values || 'The tool answered nothing.'
  return isError
    ? { text: `The tool reports an error.\n${text}`, data: { failed: true } }
    : { text, ...(structuredContent === undefined ? {} : { data: structuredContent }) }
}
