/** Rules that compare a record with what is stored. The caller fetches; these decide. */
import { issueOf, type IssueDescription } from '../rule.js'
import type { Issue } from '../issue.js'

export const GTIN_OWNED_BY_OTHER: IssueDescription = {
  code: 'GTIN_OWNED_BY_OTHER',
  severity: 'error',
  title: 'The GTIN belongs to another product',
  cause: 'A GTIN identifies one trade item, and another product of the exchange already carries this one.',
  fix: 'Check the GTIN against your master data. If it was published under a mistyped part number, withdraw that product first: it then gives its GTINs up.',
  source: 'GS1 General Specifications: a GTIN is never given to two trade items'
}

export const REFURB_FULL_PCF: IssueDescription = {
  code: 'REFURB_FULL_PCF',
  severity: 'warning',
  title: 'The refurbished product repeats the footprint of the new one',
  cause: 'Total and source of the carbon footprint equal those of the product named in `basedOnManufacturerPartNumber`. Most of that footprint was caused by the first life, so counting it again counts it twice.',
  fix: 'Declare the footprint of the second life (refurbishing, transport, further use), or leave the group out until it is known.',
  source: 'Practice of the exchange, against double counting'
}

/** One issue for each GTIN of the record that another product owns. `ownerOf` is asked with the 14-digit form. */
export function gtinOwnershipIssues (
  gtins: readonly string[], ownerOf: (gtin: string) => string | undefined, ownProductId: string
): Issue[] {
  return gtins.flatMap((gtin, index) => {
    const owner = ownerOf(gtin)
    if (owner === undefined || owner === ownProductId) return []
    return issueOf(GTIN_OWNED_BY_OTHER, {
      pointer: `/product/gtins/${index}`,
      detail: 'Another product already carries this GTIN.',
      expected: 'a GTIN that no other product carries',
      received: gtin
    })
  })
}

interface FootprintSlice {
  readonly carbonFootprint?: { readonly totalKgCo2e: number, readonly provenance: { readonly sourceDocumentUri?: string } }
}

/** Compares a refurbished product with the new one that it is based on. */
export function refurbishedFootprintIssues (refurbished: FootprintSlice, base: FootprintSlice): Issue[] {
  const own = refurbished.carbonFootprint
  const first = base.carbonFootprint
  if (own === undefined || first === undefined) return []
  const same = own.totalKgCo2e === first.totalKgCo2e && own.provenance.sourceDocumentUri === first.provenance.sourceDocumentUri
  if (!same) return []
  return [issueOf(REFURB_FULL_PCF, {
    pointer: '/carbonFootprint/totalKgCo2e',
    detail: 'Total and source are those of the new product that this one is based on.',
    expected: 'the footprint of the second life only',
    received: own.totalKgCo2e
  })]
}
