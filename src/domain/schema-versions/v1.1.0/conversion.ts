import { projectOnto, type Conversion, type JsonObject } from '../conversion.js'
import { ProductRecordSchema as EarlierProductRecordSchema } from '../v1.0.0/schema.js'

/** Every record of 1.0.0 is one of 1.1.0 as it is. */
export function upgrade (record: JsonObject): Conversion {
  return { record: { ...record, schemaVersion: '1.1.0' }, losses: [] }
}

/** Fields and groups that 1.0.0 does not have are left out; a record without any group of 1.0.0 has no place there. */
export function downgrade (record: JsonObject): Conversion {
  return projectOnto(EarlierProductRecordSchema, '1.0.0', record)
}
