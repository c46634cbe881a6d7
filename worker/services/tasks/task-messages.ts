import { z } from 'zod'

/** Messages of the queue of tasks: tasks may be given to nodes now; a task is over, and its owner is to be told. */
export const TaskMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('give') }),
  z.object({ type: z.literal('ended'), taskId: z.string() }),
])
export type TaskMessage = z.infer<typeof TaskMessage>

/** Puts a message into the queue, to come out after so long. */
export type SendTaskMessage = (message: TaskMessage, delaySeconds?: number) => Promise<void>
