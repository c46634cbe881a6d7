import { fromDatedId, toDatedId } from '../../../shared/dated-ids.ts'

/** The spelling of a job's id. */
export const toJobId = (id: string): string => toDatedId('job', id)

/** The id that it spells; undefined where it spells none. */
export const fromJobId = (text: string): string | undefined => fromDatedId('job', text)
