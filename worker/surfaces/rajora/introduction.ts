/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `Chat in whole answers, streams and sockets. An access token goes into \`Authorization: Bearer\`, a key into \`X-API-Key\`. The account below exists in development alone.

\`\`\`sh
TOKEN=$(curl -s {server}/api/auth/login \\
  -d 'username=guest&password=guest_test1' | grep -o 'eyJ[^"]*' | head -1)
curl {server}/api/chat/completions -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"model": "starter", "messages": [{"role": "user", "content": "Hello!"}]}'
\`\`\`
`
