import {
  BUSY_HEARTBEAT_MS,
  BUSY_SILENCE_LIMIT_MS,
  type EdgeCommand,
  HEARTBEAT_MS,
  SILENCE_LIMIT_MS,
} from '../../../../shared/wire.ts'

/** The edge's answer to a node's hello: how often it is to be heard, and what beside calls it may be given. */
export const welcomeOf = (nodeId: string): Extract<EdgeCommand, { type: 'welcome' }> => ({
  type: 'welcome',
  nodeId,
  heartbeatMs: HEARTBEAT_MS,
  silenceMs: SILENCE_LIMIT_MS,
  busyHeartbeatMs: BUSY_HEARTBEAT_MS,
  busySilenceMs: BUSY_SILENCE_LIMIT_MS,
  training: true,
  tasks: true,
  errands: true,
})
