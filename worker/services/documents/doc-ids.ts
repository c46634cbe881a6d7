import { fromUuid, toUuid } from '../../../shared/ids.ts'

/** The spelling of a document's id that is 32 hex digits: a UUID without its dashes. */
export const docIdOf = (documentId: string): string => toUuid(documentId).replaceAll('-', '')

/** The id that such a spelling stands for; undefined where it stands for none. */
export const fromDocId = (docId: string): string | undefined =>
  fromUuid(docId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
