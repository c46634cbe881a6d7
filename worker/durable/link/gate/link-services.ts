import type { TaskReports } from '../../../services/tasks/task-reports.ts'
import type { GateServices } from './gate.ts'

/** The services of a link; built by the Worker that exports the class. */
export interface LinkServices extends GateServices {
  /** Those of these adapters that are no more. */
  missingAdapters: (ids: readonly string[]) => Promise<readonly string[]>
  tasks: TaskReports
}
