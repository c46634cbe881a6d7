/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `An assistant that remembers a session. Log in, and send the access token. The account below exists in development alone.

\`\`\`sh
TOKEN=$(curl -s {server}/api/auth/login -H 'Content-Type: application/json' \\
  -d '{"username": "guest", "password": "guest_test1"}' | grep -o 'eyJ[^"]*' | head -1)
curl {server}/v1/chat/completions -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"model": "starter", "messages": [{"role": "user", "content": "Hello!"}]}'
\`\`\`
`
