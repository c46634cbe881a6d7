import { env } from 'cloudflare:workers'
import { createLogger } from '../../../../shared/log.ts'
import { newId } from '../../../../worker/db/client.ts'
import { createSignedBytes } from '../../../../worker/services/files/signed-bytes.ts'
import type { TaskCommand } from '../../../../worker/services/pool/node-link.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import type { TaskMessage } from '../../../../worker/services/tasks/task-messages.ts'
import { createTaskReports } from '../../../../worker/services/tasks/task-reports.ts'
import { createTasks } from '../../../../worker/services/tasks/task-service.ts'
import type { EndedTask, NewTask } from '../../../../worker/services/tasks/tasks.ts'
import { nodeHello } from '../../../support/frames.ts'
import { nodeView } from '../../samples.ts'
import { db } from '../training/training-setup.ts'

export { accountOf, db } from '../training/training-setup.ts'

/** A node that runs tasks. */
export const taskNode = (
  nodeId: string,
  slots = 1,
  { kinds = ['extract', 'ocr', 'fit'], ...over }: Partial<NodeView> & { kinds?: string[] } = {},
): NodeView => nodeView(nodeId, { hello: nodeHello({ tasks: { kinds, slots } }), ...over })

/** A task of an account. */
export const newTask = (accountId: string, over: Partial<NewTask> = {}): NewTask => {
  const id = newId()
  const task = {
    id,
    kind: 'extract' as const,
    options: { format: 'pdf' as const },
    accountId,
    owner: 'documents',
    inputs: [{ name: 'file', key: `in/${id}`, bytes: 4 }],
    outputs: [{ name: 'pages', key: `out/${id}`, maxBytes: 100 }],
    limitMs: 60_000,
  }
  return { ...task, ...over } as NewTask // a kind always comes with its options
}

/** The service with nodes in a test's hands, and a clock that stands. */
export function setUp(nodes: NodeView[], away: string[] = []) {
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  const given: (Extract<TaskCommand, { type: 'task.start' }> & { nodeId: string })[] = []
  const stopped: string[] = []
  const sent: (TaskMessage & { delaySeconds?: number | undefined })[] = []
  const ended: EndedTask[] = []
  const works: Promise<unknown>[] = []
  const begun: string[] = []
  const taker = { fails: false }
  const send = async (message: TaskMessage, delaySeconds?: number) =>
    void sent.push({ ...message, delaySeconds })
  const log = createLogger(() => {})
  const bucket = env.FILES
  const tasks = createTasks({
    ...{ db, bucket, send, log, now },
    signedBytes: createSignedBytes(env.JWT_SECRET),
    snapshot: async () => nodes,
    nodeLink: (nodeId) => ({
      async task(command) {
        if (away.includes(nodeId)) return false
        if (command.type === 'task.start') given.push({ ...command, nodeId })
        else stopped.push(`${nodeId} ${command.taskId} ${command.attempt}`)
        return true
      },
    }),
    later: (work) => void works.push(work),
    onTaskEnded: async (task) => {
      if (taker.fails) throw new Error('not now')
      ended.push(task)
    },
    onTaskGiven: async ({ id, owner }) => void begun.push(`${owner} ${id}`),
  })
  return {
    ...{ clock, given, begun, stopped, sent, ended, taker, tasks },
    reports: createTaskReports({ db, bucket, send, log, now }),
    settled: () => Promise.all(works),
    /** Ends that the queue has been told of, one after the other. */
    async deliver() {
      for (const message of sent.splice(0)) if (message.type === 'ended') await tasks.tellEnd(message.taskId)
    },
  }
}
