import type { TaskWork } from '../../../shared/tasks/tasks.ts'
import type { Report } from '../report.ts'

export async function readPictures(
  _file: Uint8Array<ArrayBuffer>,
  _options: Extract<TaskWork, { kind: 'ocr' }>['options'],
  _report: Report,
): Promise<void> {}
