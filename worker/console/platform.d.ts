// The schemas of the surfaces are imported as types alone, and name types of the platform of Workers on their way, whose own
// declarations would clash with those of a page.
type D1Database = import('@cloudflare/workers-types').D1Database

declare module '*.css' {}
