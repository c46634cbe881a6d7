/**
 * Tables of a library. `staged` holds the passages of documents that are being indexed: a search sees none of them. `stalls`
 * counts attempts that ended before their time, with the passages that were there by then, and `interruptions` those that broke off. The index
 * of words keeps its tokens, for the fit of vectors, and finds them again as they are: its tokenizer changes nothing of them.
 * `strays` has the words of documents that do not begin as their tokens do, for those who look for a word's beginning.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS documents (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL UNIQUE,
  content_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  source TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  pages INTEGER,
  passages INTEGER NOT NULL DEFAULT 0,
  text_length INTEGER NOT NULL DEFAULT 0,
  text_bytes INTEGER NOT NULL DEFAULT 0,
  title TEXT,
  language TEXT,
  attempt INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  moved_at INTEGER NOT NULL,
  lease_until INTEGER
);
CREATE INDEX IF NOT EXISTS documents_lease ON documents (lease_until) WHERE lease_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS names (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  file_id TEXT NOT NULL UNIQUE,
  document INTEGER NOT NULL,
  name TEXT NOT NULL,
  tokens TEXT NOT NULL,
  key TEXT NOT NULL,
  added_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS names_document ON names (document);
CREATE TABLE IF NOT EXISTS staged (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL,
  page INTEGER,
  start INTEGER NOT NULL,
  finish INTEGER NOT NULL,
  headings TEXT NOT NULL,
  text TEXT NOT NULL,
  words INTEGER NOT NULL,
  title_tokens TEXT NOT NULL,
  body_tokens TEXT NOT NULL,
  UNIQUE (document, start)
);
CREATE TABLE IF NOT EXISTS stalls (
  document INTEGER PRIMARY KEY,
  passages INTEGER NOT NULL,
  fruitless INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS interruptions (
  document INTEGER PRIMARY KEY,
  passages INTEGER NOT NULL,
  fruitless INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS passages (
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  page INTEGER,
  start INTEGER NOT NULL,
  finish INTEGER NOT NULL,
  headings TEXT NOT NULL,
  text TEXT NOT NULL,
  words INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_document ON passages (document, start);
CREATE VIRTUAL TABLE IF NOT EXISTS tokens USING fts5 (title, body, tokenize = 'ascii');
CREATE TABLE IF NOT EXISTS strays (
  word TEXT NOT NULL,
  document INTEGER NOT NULL,
  PRIMARY KEY (word, document)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS strays_document ON strays (document);
CREATE TABLE IF NOT EXISTS models (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT,
  query_prefix TEXT NOT NULL,
  passage_prefix TEXT NOT NULL,
  dimensions INTEGER,
  state TEXT NOT NULL,
  fitted_passages INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS vectors (
  model INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (model, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS codes (
  model INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  code BLOB NOT NULL,
  PRIMARY KEY (model, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lacking (
  model INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  PRIMARY KEY (model, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mirror_waiting (
  model INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (model, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mirror_gone (
  model INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  PRIMARY KEY (model, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terms (
  model INTEGER NOT NULL,
  term TEXT NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (model, term)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fit_terms (
  number INTEGER PRIMARY KEY,
  term TEXT NOT NULL,
  weight REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS sets (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS members (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  set_number INTEGER NOT NULL,
  name INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  data TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  UNIQUE (set_number, name)
);
CREATE INDEX IF NOT EXISTS members_name ON members (name);
`

/** Makes the tables that are not there. */
export const createTables = (sql: SqlStorage): void => {
  sql.exec(TABLES)
}

/** A list for one parameter: `… IN (SELECT value FROM json_each(?))`. */
export const listed = (values: readonly (string | number)[]): string => JSON.stringify(values)
