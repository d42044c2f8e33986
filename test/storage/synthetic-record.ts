/** Accepted records made by hand: the write path does not care what a record says. */
import { createHash } from 'node:crypto'
import type { WriteAuthor } from '../../src/domain/audit.js'
import type { AcceptedRecord } from '../../src/domain/product.js'

export const AUTHOR: WriteAuthor = { actor: { organizationId: 'org_a', clientId: 'test' }, operation: 'writeProductBatch' }

export function syntheticRecord (productId: string, content: unknown, gtins: readonly string[] = []): AcceptedRecord {
  const bytes = Buffer.from(JSON.stringify({ productId, content }))
  return {
    productId,
    schemaVersion: '1.0.0',
    rulesetVersion: '1.0.0',
    bytes,
    hash: createHash('sha256').update(bytes).digest(),
    promoted: {
      manufacturerName: 'Example',
      manufacturerPartNumber: productId,
      manufacturerKey: 'example',
      partNumberKey: productId.toUpperCase(),
      gtins,
      externalIds: [],
      category: 'laptop',
      groups: ['packaging'],
      assuranceLevels: ['selfDeclared']
    },
    warnings: [],
    notices: []
  }
}
