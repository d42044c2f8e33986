import { productIdOfProposal } from '../../domain/write-decision.js'
import type { ProductWriter } from '../../storage/product-writer.js'

/**
 * The writer, telling which products it has changed before whoever asked for it learns that it has. After a failure any of
 * them may be stored, so all are told, without a version.
 */
export function observeWrites (writer: ProductWriter, changed: (productId: string, version?: number) => void): ProductWriter {
  return {
    ...writer,
    write: async (proposals, options = {}) => {
      if (options.dryRun === true) return await writer.write(proposals, options)
      try {
        const results = await writer.write(proposals, options)
        results.forEach((result, index) => {
          const isStored = result.outcome === 'created' || result.outcome === 'updated' || result.outcome === 'withdrawn'
          if (isStored) changed(productIdOfProposal(proposals[index]!), result.version)
        })
        return results
      } catch (error) {
        for (const proposal of proposals) changed(productIdOfProposal(proposal))
        throw error
      }
    }
  }
}
