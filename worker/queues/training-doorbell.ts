/** The service that a bell rings for. */
export interface Doorbell {
  training: { tick(): Promise<void> }
}

/** However often it rang: jobs are given to nodes once. What could not be done is tried again by the next bell, or the clock. */
export async function onTrainingDoorbell(batch: MessageBatch, { training }: Doorbell): Promise<void> {
  await training.tick()
  batch.ackAll()
}
