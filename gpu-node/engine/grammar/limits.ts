/**
 * The limits of one schema. Each is far above what a hand-written schema needs, and keeps the grammar small enough for
 * llama.cpp, whose sampler walks it for every token of the vocabulary.
 */

/**
 * Arrays and objects inside each other in the schema's own JSON. What comes over HTTP is refused before it is as deep
 * (`MAX_JSON_DEPTH` in worker/http/input/request-body.ts counts the whole body); this is for every other way to a node.
 */
export const MAX_SCHEMA_DEPTH = 64

/** Values of every kind in the schema's own JSON. */
export const MAX_SCHEMA_NODES = 20_000

/** Steps of `$ref`, `allOf`, `anyOf` and `oneOf` that describe one and the same value. */
export const MAX_IN_PLACE_DEPTH = 64

/** Ways to write one value, after `allOf` and `anyOf` are multiplied out. OpenAI's limit for enum values is 1,000. */
export const MAX_ALTERNATIVES = 1_000

/** Declared properties of one object; OpenAI's limit is 5,000 in a whole schema. */
export const MAX_PROPERTIES = 500

/** `patternProperties` of one object: the grammar needs one kind of key for every subset of them. */
export const MAX_KEY_PATTERNS = 4

/** Rules for one object whose properties must be counted. */
export const MAX_COUNTED_STATES = 5_000

/** Rules for the multiples of one number: enough for every whole `multipleOf` up to 100, without any bounds. */
export const MAX_MULTIPLE_STATES = 2_000

/** `minLength`, `maxLength`, `minItems`, `maxItems`, `maxProperties`: the highest that is spelled out. */
export const MAX_REPETITIONS = 100_000

/** States of an automaton for `pattern`, `format` and key names, and of the one it is made from. */
export const MAX_AUTOMATON_STATES = 4_000
export const MAX_REGEX_STATES = 20_000

/** Steps that all schemas of one request may take to compile: about a second. Of these a rule takes so many. */
export const MAX_COMPILE_STEPS = 5_000_000
export const RULE_STEPS = 50

/** Groups inside each other in a regular expression. */
export const MAX_REGEX_DEPTH = 64

export const MAX_RULES = 20_000

/** Characters of the grammars of one request: llama.cpp reads so many in some 50 ms, in which no stream moves. */
export const MAX_GRAMMAR_LENGTH = 500_000

/**
 * Ways to read on that may be open at a time, times the tokens of the vocabulary: what llama.cpp may have to try for one token
 * of an answer, in about 200 ms. For a vocabulary of 150,000 tokens that is 66 ways.
 */
export const MAX_TRIES_PER_TOKEN = 10_000_000
export const maxWaysFor = (vocabularySize: number): number =>
  Math.floor(MAX_TRIES_PER_TOKEN / Math.max(1, vocabularySize))

/** The link's limit for the name of an offending field (`FailureEvent` in shared/generation.ts). */
export const MAX_PARAM_LENGTH = 200
