import { causeOf } from '../../shared/failure-cause.ts'
import type { DatasetMaker } from '../services/search-datasets/making/dataset-maker.ts'

/** The services that datasets' messages are for. */
export interface DatasetMessageServices {
  datasetMaker: DatasetMaker
  log: { error(event: string, fields?: Record<string, string>): void }
}

/** Each message is the id of a dataset that has something to do. One that fails here is rung for again by the clock. */
export async function onDatasetMessages(
  batch: MessageBatch,
  { datasetMaker, log }: DatasetMessageServices,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      if (typeof message.body === 'string') await datasetMaker.advance(message.body)
      message.ack()
    } catch (thrown) {
      log.error('dataset.not_made', { cause: causeOf(thrown) })
      message.retry({ delaySeconds: 30 })
    }
  }
}
