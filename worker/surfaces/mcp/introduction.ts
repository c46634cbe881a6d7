/** The first words of the documentation. */
export const INTRODUCTION = `A server of the Model Context Protocol (2026-07-28, and 2025-11-25 without sessions) over streamable HTTP, for any MCP client:

\`\`\`json
{"mcpServers": {"switchyard": {"type": "http", "url": "{server}/mcp", "headers": {"Authorization": "Bearer sk-…"}}}}
\`\`\`

Its tools are those of agents (search, pages, documents, calculation, Python, datasets, the time) and \`ask_model\`; its resources are your
documents. A key needs the scope \`inference\`, and \`files\` for documents.`
