import type { z } from 'zod'
import type { SearchResults as Answer, DocumentObject } from '../../../surfaces/openai/schemas/document.ts'

export type Document = z.infer<typeof DocumentObject>
export type SearchResults = z.infer<typeof Answer>
export type Found = SearchResults['data'][number]

/** Whether a document stays as it is until somebody does something about it. */
export const isSettled = ({ state }: Document): boolean => ['ready', 'partial', 'failed'].includes(state)
