import type { KeptFile } from '../../../db/tables/training.ts'

/** Where everything of jobs lies in R2. */
export const TRAINING_PREFIX = 'training/'

/** Everything of one job. */
export const jobPrefix = (jobId: string): string => `${TRAINING_PREFIX}${jobId}/`

/** The checked rows of a job. */
export const rowsPrefix = (jobId: string, role: string): string => `${jobPrefix(jobId)}rows/${role}`

/** A file that an attempt leaves behind. */
export const outputPrefix = (jobId: string, attempt: number, file: string): string =>
  `${jobPrefix(jobId)}${attempt}/${file}`

export const partKey = (prefix: string, part: number): string => `${prefix}/${part}`

export const keysOf = ({ file, prefix }: KeptFile): string[] =>
  file.parts.map((_, part) => partKey(prefix, part))
