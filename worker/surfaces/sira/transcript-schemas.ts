import { z } from '@hono/zod-openapi'
import type { Proposal } from '../../services/advising/grades/proposal.ts'

const filename = z.string().openapi({ example: 'a1b2c3d4e5f67890.pdf' })

/** Where something stands in a transcript. */
const evidence = {
  page: z.int(),
  text: z.string().openapi({ example: 'Mathematics: 18.5 / 20', description: 'The words that say so.' }),
}

export const UnreadTranscript = z
  .object({ filename, status: z.literal('reading') })
  .openapi('UnreadTranscript')

export const ReadTranscript = z
  .object({
    filename,
    status: z.literal('ready'),
    grade_scale: z.number().nullable().openapi({
      description:
        'All of the grades are out of this; null where the transcript does not say. Others than 20 became a hundred.',
    }),
    gpa: z
      .object({ value: z.number(), ...evidence })
      .nullable()
      .openapi({
        description: 'An average that the transcript states out of 20.',
      }),
    subject_grades: z.array(
      z.object({
        subject_name: z.string(),
        grade: z.number(),
        weight: z.number().nullable(),
        ...evidence,
      }),
    ),
    unread_pages: z.array(z.int()).openapi({
      description: 'Pages that could not be read: pictures, where no node reads these.',
    }),
  })
  .openapi('ReadTranscript')

/** A proposal in the words of this contract. */
export const toReadTranscript = (
  filename: string,
  { grades, outOf, gpa, unreadPages }: Proposal,
): z.input<typeof ReadTranscript> => ({
  filename,
  status: 'ready',
  grade_scale: outOf,
  gpa,
  subject_grades: grades.map(({ subjectName, ...grade }) => ({ subject_name: subjectName, ...grade })),
  unread_pages: [...unreadPages],
})
