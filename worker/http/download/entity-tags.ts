import { AppError } from '../../../shared/errors.ts'

/** The tags that a conditional header names, or any (RFC 9110 §13.1). */
export type Tags = '*' | readonly string[]

/** A list of entity tags as RFC 9110 §8.8.3 spells them. Empty places of a list are none of its members (§5.6.1). */
const TAG_LIST =
  /^\s*(?:,\s*)*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:\s*,(?:\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?)*\s*$/
const ONE_TAG = /(W\/)?"([^"]*)"/g

/** Longest header that is read. */
export const MAX_TAGS_LENGTH = 4_096

export interface TagsOptions {
  /** Whether a weak tag counts as the strong one that it is written like. It never names the bytes of a file (§8.8.3.2). */
  weak: boolean
}

/** The tags of a header, without their quotes. Throws `invalid_request` with the header as param. */
export function tagsOf(name: string, header: string | undefined, { weak }: TagsOptions): Tags | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  if (header.length > MAX_TAGS_LENGTH || !TAG_LIST.test(header)) {
    const message = `Invalid '${name}': expected * or a list of entity tags in double quotes.`
    throw new AppError('invalid_request', message, { param: name })
  }
  return [...header.matchAll(ONE_TAG)].flatMap(([, isWeak, tag = '']) => (isWeak && !weak ? [] : [tag]))
}

export const includesTag = (tags: Tags, tag: string): boolean => tags === '*' || tags.includes(tag)
