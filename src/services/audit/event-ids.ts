/** Ids of audit events: UUIDs of version 7 (RFC 9562), which begin with the millisecond, so that they ascend in time. */
import { v7 as uuidV7 } from 'uuid'

export function newEventId (at: Date): string {
  return uuidV7({ msecs: at.getTime() })
}

/** What all ids of this millisecond begin with; it sorts before them and after all earlier ones. */
export function firstEventIdAt (at: Date): string {
  const digits = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}`
}
