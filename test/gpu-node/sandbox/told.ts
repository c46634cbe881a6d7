import { PipeReader, type SandboxMessage } from '../../../gpu-node/sandbox/pipe.ts'
import { Report } from '../../../gpu-node/sandbox/report.ts'
import { DocumentPage } from '../../../shared/document-page.ts'

/** A report whose words are kept. */
export function keptReport(outputs: string[] = ['pages']) {
  const reader = new PipeReader()
  const messages: SandboxMessage[] = []
  const pieces = outputs.map((): Uint8Array[] => [])
  const report = new Report(outputs, (bytes) => {
    for (const frame of reader.read(bytes.slice()))
      if ('message' in frame) messages.push(frame.message)
      else pieces[frame.output]?.push(frame.bytes.slice())
    return bytes.length
  })
  const output = (index: number): Uint8Array<ArrayBuffer> =>
    new Uint8Array(Buffer.concat(pieces[index] ?? []))
  return { report, messages, output }
}

/** The pages that a reader tells of a file. */
export async function pagesOf(
  read: (file: Uint8Array<ArrayBuffer>, report: Report) => Promise<void>,
  file: Uint8Array<ArrayBuffer>,
): Promise<DocumentPage[]> {
  const { report, output } = keptReport()
  await read(file, report)
  const lines = new TextDecoder().decode(output(0)).split('\n').filter(Boolean)
  return lines.map((line) => DocumentPage.parse(JSON.parse(line)))
}
