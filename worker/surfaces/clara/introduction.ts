/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `Training jobs and datasets of a team. An access token of this deployment goes into \`Authorization: Bearer\`, as far as its security mode asks for one. The account below exists in development alone.

\`\`\`sh
TOKEN=$(curl -s {root}/v1/auth/login -H 'Content-Type: application/json' \\
  -d '{"login": "guest", "password": "guest_test1"}' | grep -o 'eyJ[^"]*' | head -1)
curl {server}/api/datasets -H "Authorization: Bearer $TOKEN"
\`\`\`
`
