import { z } from 'zod'

/** Pages that a document may have. */
export const MAX_PAGES = 5_000

/** Levels of headings, from 1, the highest. */
export const MAX_HEADING_LEVEL = 6

/** Longest line of pages. A page, or a piece of a document without pages, that would be longer is told in several. */
export const MAX_PAGE_LINE_LENGTH = 1_048_576

/** Where a piece of a document without pages ends, at the end of the block that reaches it. */
export const PIECE_CHARACTERS = 256 * 1024

/** A piece of a page, in reading order. */
export const Block = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('heading'),
    level: z.int().min(1).max(MAX_HEADING_LEVEL),
    text: z.string(),
  }),
  z.object({ kind: z.literal('paragraph'), text: z.string() }),
  z.object({ kind: z.literal('list'), items: z.array(z.string()) }),
  /** Rows of cells, those of the header first; a row may end before its last empty cells. */
  z.object({ kind: z.literal('table'), rows: z.array(z.array(z.string())) }),
])
export type Block = z.infer<typeof Block>

/** Why a page has no text that can be used: it has none at all (a scan), or codes of glyphs that stand for no letters. */
export const UnusableReason = z.enum(['no_text', 'glyph_codes'])
export type UnusableReason = z.infer<typeof UnusableReason>

/**
 * A page as every reader of documents tells it: one line of JSON, in the order of reading. A document without pages, such as a
 * web page, is one entry with `page: null`, or several in order, none much longer than `PIECE_CHARACTERS`.
 */
export const DocumentPage = z.object({
  /** From 1. */
  page: z.int().min(1).max(MAX_PAGES).nullable(),
  blocks: z.array(Block),
  /** Whether the text can be searched and read. Blocks of a page that is not usable are empty. */
  usable: z.boolean(),
  reason: UnusableReason.optional(),
})
export type DocumentPage = z.infer<typeof DocumentPage>
