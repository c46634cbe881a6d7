/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `OpenAI’s API on the nodes of this deployment, and what it needs beside it. An API key or an access token goes into \`Authorization: Bearer\`.

\`\`\`sh
curl {server}/v1/chat/completions -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
  -d '{"model": "starter", "messages": [{"role": "user", "content": "Hello!"}]}'
\`\`\`
`
