import { z } from 'zod'

/** Tasks that nodes run beside generations: reading a file, reading pictures of pages, fitting vectors to passages. */
export const TaskKind = z.enum(['extract', 'ocr', 'fit'])
export type TaskKind = z.infer<typeof TaskKind>
