import { createRoute, z } from '@hono/zod-openapi'
import { MIB } from '../../../../shared/units.ts'
import { type Download, planDownload, sendDownload } from '../../../http/download/download.ts'
import { receiveFile, type UploadedFile } from '../../../http/input/upload.ts'
import { fileForm, json } from '../../../http/json-content.ts'
import { prefixOf } from '../../../http/mount.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { type GradeReading, READING_SECONDS } from '../../../services/advising/grades/grade-reading.ts'
import {
  noSuchTranscript,
  TRANSCRIPTS_PATH,
  type Transcript,
  type Transcripts,
} from '../../../services/advising/transcripts.ts'
import { failures, SECURITY } from '../responses.ts'
import { ErrorBody, UploadedTranscript } from '../schemas.ts'
import { ReadTranscript, toReadTranscript, UnreadTranscript } from '../transcript-schemas.ts'

/** Largest transcript. */
export const MAX_TRANSCRIPT_BYTES = 5 * MIB

const common = { tags: ['Upload'], security: SECURITY }

const UPLOAD_PATH = '/api/upload/transcript'
export const UPLOAD_ROUTE = `POST ${UPLOAD_PATH}`

const uploadTranscript = createRoute({
  ...common,
  method: 'post',
  path: UPLOAD_PATH,
  operationId: 'uploadTranscript',
  summary: 'A transcript: PDF, JPG or PNG, by its content, of at most 5 MB',
  description:
    'One that no profile names as its `transcript_url` (the absolute form of `url`) is deleted after 30 days.',
  request: {
    body: fileForm(
      { file: { type: 'string', format: 'binary' } },
      { file: '%PDF-1.7\n% Mathematics 18.5\n' },
    ),
  },
  responses: { 201: json(UploadedTranscript, 'Where it is.'), ...failures(401, 413, 422) },
})

const request = { params: z.object({ filename: z.string().openapi({ example: 'a1b2c3d4e5f67890.pdf' }) }) }
const path = `${TRANSCRIPTS_PATH}{filename}`

const getTranscript = createRoute({
  ...common,
  method: 'get',
  path,
  operationId: 'getTranscript',
  summary: 'A transcript of the caller’s, or a piece of it',
  request,
  responses: {
    200: {
      description: 'Its bytes.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    206: { description: 'The piece that `Range` asks for.' },
    304: { description: 'It is what the caller has.' },
    ...failures(401, 404, 412, 416),
  },
})

const getGrades = createRoute({
  ...common,
  method: 'get',
  path: `${path}/grades`,
  operationId: 'getTranscriptGrades',
  summary: 'The grades that a PDF transcript seems to state, for its student to look at',
  description:
    'An extension of this deployment. A node of the pool reads the file, the first time: 202 until it has. Each grade comes with the ' +
    'words that it was taken from; what is not understood is left out. Nothing is written into a profile: that is a PATCH of ' +
    'the student’s own, with `subject_grades` as they stand here.',
  request,
  responses: {
    200: json(ReadTranscript, 'The grades.'),
    202: json(UnreadTranscript, 'A node is reading it: ask again after `Retry-After` seconds.'),
    503: json(ErrorBody, 'No node that reads PDF files is connected.'),
    ...failures(401, 404, 422),
  },
})

const deleteTranscript = createRoute({
  ...common,
  method: 'delete',
  path,
  operationId: 'deleteTranscript',
  summary: 'Delete a transcript; profiles that name it name none then',
  request,
  responses: { 204: { description: 'It is gone.' }, ...failures(401, 404) },
})

/** All bytes of a file, which are few. */
async function bytesOf({ bytes }: UploadedFile): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

const downloadOf = (transcript: Transcript): Download => ({
  tag: transcript.id,
  modifiedAt: transcript.createdAt,
  sizeBytes: transcript.sizeBytes,
  contentType: transcript.contentType,
  name: transcript.originalName,
})

export interface UploadServices {
  transcripts: Transcripts
  gradeReading: Pick<GradeReading, 'propose'>
}

export function uploadRoutes(app: Surface, { transcripts, gradeReading }: UploadServices): void {
  app.openapi(uploadTranscript, async (c) => {
    const { id: accountId } = accountOf(c)
    const options = { field: 'file', maxBytes: MAX_TRANSCRIPT_BYTES }
    const stored = await receiveFile(c, options, async (file) =>
      transcripts.create(accountId, { name: file.name, bytes: await bytesOf(file) }),
    )
    const { fileName, originalName, contentType } = stored
    const body = {
      filename: fileName,
      url: `${prefixOf(c)}${TRANSCRIPTS_PATH}${fileName}`,
      original_filename: originalName,
      content_type: contentType,
    }
    return c.json(body, 201)
  })

  app.openapi(getTranscript, async (c) => {
    const transcript = await transcripts.find(accountOf(c).id, c.req.valid('param').filename)
    if (!transcript) throw noSuchTranscript()
    const download = downloadOf(transcript)
    const plan = planDownload(c, download)
    const body = plan.withoutBody ? undefined : await transcripts.read(transcript, plan.range)
    return sendDownload(c, download, plan, body)
  })

  app.openapi(getGrades, async (c) => {
    const transcript = await transcripts.find(accountOf(c).id, c.req.valid('param').filename)
    if (!transcript) throw noSuchTranscript()
    const proposal = await gradeReading.propose(transcript)
    const { fileName: filename } = transcript
    if (proposal) return c.json(toReadTranscript(filename, proposal), 200)
    c.header('retry-after', String(READING_SECONDS))
    return c.json({ filename, status: 'reading' as const }, 202)
  })

  app.openapi(deleteTranscript, async (c) => {
    if (!(await transcripts.remove(accountOf(c).id, c.req.valid('param').filename))) throw noSuchTranscript()
    return c.body(null, 204)
  })
}
