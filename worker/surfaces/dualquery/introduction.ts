/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `Chats, datasets and their analysis, fine-tuning. Log in, and send the access token. The account below exists in development alone.

\`\`\`sh
TOKEN=$(curl -s {server}/api/auth/login -H 'Content-Type: application/json' \\
  -d '{"email": "guest", "password": "guest_test1"}' | grep -o 'eyJ[^"]*' | head -1)
curl {server}/api/auth/me -H "Authorization: Bearer $TOKEN"
\`\`\`
`
