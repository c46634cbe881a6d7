import { MIB } from '../../../shared/units.ts'

/** MCP servers of an account. */
export const MAX_SERVERS_PER_ACCOUNT = 16

/** Servers that one run, or one response, may name. */
export const MAX_SERVERS_PER_RUN = 4

/** Tools of one server: of one that lists more, none is taken. */
export const MAX_TOOLS_PER_SERVER = 128

/** Bytes of what a server says about one tool: of more, the tool is not taken. */
export const MAX_TOOL_DEFINITION_BYTES = 32 * 1024

/** Headers that are sent to a server, and the longest name and value of one. */
export const MAX_HEADERS = 16
export const MAX_HEADER_NAME_LENGTH = 128
export const MAX_HEADER_VALUE_LENGTH = 4_096

/** Bytes that a server may answer to one deed, the handshake with it. */
export const MAX_ANSWER_BYTES = 4 * MIB

/** How long a server may take to say which tools it has, and for one call. */
export const LIST_LIMIT_MS = 10_000
export const CALL_LIMIT_MS = 60_000

/** Bytes of a session's memory that are kept between calls: of more, each call begins anew. */
export const MAX_SESSION_BYTES = 16 * 1024

/** Characters of a server's own words about itself that are kept. */
export const MAX_SERVER_NAME_LENGTH = 200
