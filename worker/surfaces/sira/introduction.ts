/** The beginning of the documentation: who is let in, and a first call. */
export const INTRODUCTION = `The advising of students. A session token of Clerk, or where none is configured an access token of this deployment, goes into \`Authorization: Bearer\`. The account below exists in development alone.

\`\`\`sh
TOKEN=$(curl -s {root}/v1/auth/login -H 'Content-Type: application/json' \\
  -d '{"login": "guest", "password": "guest_test1"}' | grep -o 'eyJ[^"]*' | head -1)
curl {server}/api/profiles -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"profile_name": "My CS Track"}'
\`\`\`
`
