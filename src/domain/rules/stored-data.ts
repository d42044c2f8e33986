/**
 * Rules that compare a record with what the exchange holds already. They are pure as well: the services look up what they need
 * and hand it over. The record has passed its schema and its other rules.
 */
import type { Issue } from '../issue.js'
import { issueOf, type IssueDescription } from '../rule.js'
import type { ComparableRecord } from '../schema-versions/exchange-view.js'

const GTIN_OWNED_BY_OTHER: IssueDescription = {
  code: 'GTIN_OWNED_BY_OTHER',
  severity: 'error',
  title: 'GTIN of another product',
  cause: 'A GTIN identifies one trade item, and another product of the exchange already carries this one.',
  fix: 'Check the GTIN against your master data. If it was published under a mistyped part number, withdraw that product first: it then gives its GTINs up.',
  source: 'GS1 General Specifications: a GTIN is never given to two trade items'
}

const REFURB_FULL_PCF: IssueDescription = {
  code: 'REFURB_FULL_PCF',
  severity: 'warning',
  title: 'Refurbished product with the footprint of the new one',
  cause: 'Total and source of the carbon footprint equal those of the product named in basedOnManufacturerPartNumber. Most of that footprint was caused by the first life, so counting it again counts it twice.',
  fix: 'Declare the footprint of the second life (refurbishing, transport, further use), or leave the group out until it is known.',
  source: 'Against double counting'
}

export const STORED_DATA_RULES: readonly IssueDescription[] = [GTIN_OWNED_BY_OTHER, REFURB_FULL_PCF]

/**
 * GTIN_OWNED_BY_OTHER (error) for each GTIN of the record that another product owns.
 *
 * @param gtins in their 14-digit form, in the order of the record
 * @param ownerOf product id of the owner of a GTIN, if it has one
 */
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

/**
 * REFURB_FULL_PCF (warning) for each footprint of a refurbished or remanufactured product that repeats total and source of one of the
 * product that it is based on. Footprints that name no source are not compared.
 */
export function refurbishedFootprintIssues (refurbished: ComparableRecord, base: ComparableRecord): Issue[] {
  if (refurbished.condition !== 'refurbished' && refurbished.condition !== 'remanufactured') return []
  return refurbished.footprints.flatMap(own => {
    const isRepeated = base.footprints.some(first => own.totalKgCo2e === first.totalKgCo2e && haveSameSource(own.sources, first.sources))
    return !isRepeated
      ? []
      : issueOf(REFURB_FULL_PCF, {
        pointer: own.pointer,
        detail: 'Total and source are those of the new product that this one is based on.',
        expected: 'the footprint of the second life only',
        received: own.totalKgCo2e
      })
  })
}

type Sources = ComparableRecord['footprints'][number]['sources']

function haveSameSource (own: Sources, others: Sources): boolean {
  return own.some(left => others.some(right =>
    (left.sourceDocumentUri !== undefined && left.sourceDocumentUri === right.sourceDocumentUri) ||
    (left.sourceDocumentSha256 !== undefined && left.sourceDocumentSha256 === right.sourceDocumentSha256)))
}
