import { AGREEMENT } from './agreements.ts'
import { COMPANY } from './companies.ts'
import { DEVICE } from './devices.ts'
import { EVENT } from './events.ts'
import { LAKE } from './lakes.ts'
import { PERSON } from './persons.ts'
import type { RecordKind } from './record.ts'

/** All that passages are about. */
export const RECORD_KINDS: readonly RecordKind[] = [AGREEMENT, COMPANY, PERSON, EVENT, DEVICE, LAKE]
