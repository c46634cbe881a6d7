import { type FilePurpose, DOCUMENT_PURPOSES as PURPOSES } from '../../db/tables/files.ts'

/** The purposes of files that are read as documents. */
export const DOCUMENT_PURPOSES = PURPOSES

export const isDocumentPurpose = (purpose: FilePurpose): boolean =>
  PURPOSES.some((known) => known === purpose)
