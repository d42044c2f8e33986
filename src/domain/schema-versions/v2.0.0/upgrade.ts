/** From 1.1.0 to 2.0.0: everything has its place there but a margin of unknown kind; what 2.0.0 demands beyond is never made up. */
import type { Static } from 'typebox'
import { roundNumber, sum } from '../../numbers.js'
import { createLosses, type Conversion, type JsonObject } from '../conversion.js'
import type { ProductRecord as EarlierRecord } from '../v1.1.0/schema.js'
import { contradictingClassification, derivedCategory } from './category.js'
import { PARTS, percentOf } from './earlier-form.js'
import type { ProductRecordSchema, ProductRecord } from './schema.js'

type Footprints = Static<typeof ProductRecordSchema.properties.carbonFootprints>
type Earlier<Group extends keyof EarlierRecord> = NonNullable<EarlierRecord[Group]>
type EarlierMaterial = NonNullable<Earlier<'recycledContent'>['materials']>[number]
type Later<Group extends keyof ProductRecord> = NonNullable<ProductRecord[Group]>
type Provenance = Earlier<'carbonFootprint'>['provenance']

/** What every step of the upgrade notes: see {@link createLosses}. */
type Notes = ReturnType<typeof createLosses>

/** The name of the one configuration that a record of 1.x has. */
const CONFIGURATION = 'c1'

/** How far a percentage may be off, in percentage points, after it was stated as a mass with 4 decimals. */
const MOST_ROUNDING = 0.01

const LEVELS = { primary: 'sales', secondary: 'grouped', tertiary: 'transport' } as const

export function upgrade (previous: JsonObject): Conversion {
  const record = previous as unknown as EarlierRecord
  const notes = createLosses()
  const evidence = createEvidence()
  const { product, carbonFootprint, recycledContent, packaging, refurbishment, validTo, certifications } = record
  const footprints = carbonFootprint && upgradeFootprint(carbonFootprint, product.configuration !== undefined, evidence.of, notes)
  const recycled = recycledContent && upgradeRecycledContent(recycledContent, product.massKg, evidence.of, notes)
  const upgraded = {
    schemaVersion: '2.0.0' as const,
    product: upgradeProduct(product, refurbishment?.condition, notes),
    validFrom: record.validFrom,
    ...(validTo !== undefined && { validTo }),
    ...(footprints && { carbonFootprints: footprints }),
    ...(recycled && { recycledContent: recycled }),
    ...(packaging && { packaging: upgradePackaging(packaging, evidence.of) }),
    ...(refurbishment && { secondLife: upgradeRefurbishment(refurbishment, evidence.of) }),
    ...(record.energy && { energy: resting(record.energy, evidence.of) }),
    ...(record.circularity && { circularity: resting(record.circularity, evidence.of) }),
    ...(certifications && { certifications }),
    ...(record.substances && { substances: resting(record.substances, evidence.of) }),
    ...(record.responsibleMinerals && { responsibleMinerals: resting(record.responsibleMinerals, evidence.of) }),
    ...(evidence.list.length > 0 && { evidence: evidence.list })
  }
  return notes.conversionTo(upgraded)
}

/** Equal provenances become one entry, named by the order in which they occur. */
function createEvidence () {
  const known: Provenance[] = []
  const list: Later<'evidence'> = []
  return {
    list,
    of (provenance: Provenance): string[] {
      let index = known.findIndex(earlier => isSame(earlier, provenance))
      if (index < 0) {
        index = known.push(provenance) - 1
        list.push({ id: `e${index + 1}`, ...provenance })
      }
      return [list[index]!.id]
    }
  }
}

function isSame (left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every(name => Object.hasOwn(right, name) && isSame((left as JsonObject)[name], (right as JsonObject)[name]))
}

type EvidenceOf = ReturnType<typeof createEvidence>['of']

function resting<Group extends { provenance: Provenance }> ({ provenance, ...fields }: Group, evidenceOf: EvidenceOf) {
  return { evidenceIds: evidenceOf(provenance), ...fields }
}

function upgradeProduct (product: Earlier<'product'>, condition: Later<'product'>['condition'], notes: Notes): Partial<Later<'product'>> {
  const { manufacturerName, manufacturerGln, category, classifications = [], configuration, ...same } = product
  if (manufacturerGln === undefined) {
    notes.prevents('/product', 'Version 2.0.0 demands an identifier of the manufacturer, and the record has no manufacturerGln.')
  }
  if (!classifications.some(({ scheme }) => scheme === 'unspsc' || scheme === 'hs')) {
    notes.prevents('/product', 'Version 2.0.0 demands a class of UNSPSC or of the Harmonized System, and the record names none.')
  }
  const contradiction = contradictingClassification(category, classifications)
  if (contradiction >= 0) {
    notes.prevents(`/product/classifications/${contradiction}/code`, `In version 2.0.0 the classification tells the kind of product, and this code stands for another one than ${category}.`)
  }
  return {
    manufacturer: { name: manufacturerName, ...(manufacturerGln !== undefined && { gln: manufacturerGln }) },
    ...same,
    classifications,
    ...(derivedCategory(classifications) !== category && { category }),
    ...(condition !== undefined && { condition }),
    ...(configuration !== undefined && { configurations: [{ id: CONFIGURATION, ...configuration }] })
  }
}

function upgradeFootprint (footprint: Earlier<'carbonFootprint'>, hasConfiguration: boolean, evidenceOf: EvidenceOf, notes: Notes): Footprints | undefined {
  const at = '/carbonFootprint'
  const { provenance, systemBoundary, stages, uncertainty, usePhase, ...same } = footprint
  const { manufacturingKgCo2e, ...after } = stages ?? {}
  const { useLocation, ...use } = usePhase ?? {}
  const isGate = systemBoundary === 'cradleToGate'
  const gate = isGate ? footprint.totalKgCo2e : manufacturingKgCo2e
  if (gate === undefined) {
    notes.prevents(stages === undefined ? at : `${at}/stages`, 'Version 2.0.0 demands the emissions up to the gate, and the record has no stages.manufacturingKgCo2e.')
  } else if (gate === 0) {
    notes.prevents(`${at}/stages/manufacturingKgCo2e`, 'Version 2.0.0 demands the emissions up to the gate, and the record declares them as 0.')
  }
  if (isGate && manufacturingKgCo2e !== undefined) {
    notes.loses(`${at}/stages/manufacturingKgCo2e`, 'In version 2.0.0 the total of a footprint that ends at the gate is its only stage.')
  }
  if (systemBoundary === 'cradleToGrave' && use.lifetimeYears === undefined) {
    notes.prevents(usePhase === undefined ? at : `${at}/usePhase`, 'Version 2.0.0 demands the lifetime of a cradle-to-grave footprint, and the record has no usePhase.lifetimeYears.')
  }
  if (uncertainty?.type === 'unspecifiedMargin') notes.loses(`${at}/uncertainty`, 'Version 2.0.0 has no margin of an unknown kind.')
  if (gate === undefined) return undefined
  return [{
    evidenceIds: evidenceOf(provenance),
    boundary: systemBoundary,
    ...(useLocation !== undefined && { useLocation }),
    ...(hasConfiguration && { configurationId: CONFIGURATION }),
    ...same,
    cradleToGateKgCo2e: gate,
    ...(Object.keys(after).length > 0 && { stages: after }),
    ...(uncertainty !== undefined && uncertainty.type !== 'unspecifiedMargin' && { uncertainty: { ...uncertainty, type: uncertainty.type } }),
    ...(Object.keys(use).length > 0 && { usePhase: use })
  }]
}

function upgradeRecycledContent (
  { provenance, calculationStandard, productRecycledPercent, materials }: Earlier<'recycledContent'>, massKg: number | undefined, evidenceOf: EvidenceOf, notes: Notes
): Later<'recycledContent'> {
  const at = '/recycledContent'
  let wholeProduct: Later<'recycledContent'>['wholeProduct']
  if (productRecycledPercent !== undefined && massKg === undefined) {
    notes.prevents(`${at}/productRecycledPercent`, 'Version 2.0.0 states recycled content as masses, and the record has no product.massKg.')
  } else if (productRecycledPercent !== undefined && massKg !== undefined) {
    const baseMassG = roundNumber(massKg * 1000)
    wholeProduct = { baseMassG, recycledMassG: massOf(productRecycledPercent, baseMassG) }
    noteRounding(`${at}/productRecycledPercent`, productRecycledPercent, percentOf(wholeProduct.recycledMassG, baseMassG), notes)
  }
  const upgraded = materials?.flatMap((material, index) => upgradeMaterial(material, `${at}/materials/${index}`, notes) ?? [])
  return {
    evidenceIds: evidenceOf(provenance),
    calculationStandard,
    ...(wholeProduct && { wholeProduct }),
    ...(upgraded && { materials: upgraded })
  }
}

function upgradeMaterial (
  { basisMassG, totalRecycledPercent, postConsumerPercent, preConsumerPercent, closedLoopIteDerivedPercent, oceanBoundPercent, biobasedPercent, ...same }: EarlierMaterial, at: string, notes: Notes
): NonNullable<Later<'recycledContent'>['materials']>[number] | undefined {
  if (basisMassG === undefined) {
    notes.prevents(at, 'Version 2.0.0 states recycled content as masses, and the entry has no basisMassG.')
    return undefined
  }
  const share = totalRecycledPercent ?? sum([postConsumerPercent, preConsumerPercent])
  if (share > 100) {
    notes.prevents(at, `Version 2.0.0 has no room for a recycled mass that is greater than its base, and the shares add up to ${share} %.`)
    return undefined
  }
  const percents = { postConsumerPercent, preConsumerPercent, closedLoopIteDerivedPercent, oceanBoundPercent, biobasedPercent }
  const masses: { [Part in typeof PARTS[number][0]]?: number } = {}
  const stated = (percent: number, pointer: string): number => {
    const massG = massOf(percent, basisMassG)
    noteRounding(pointer, percent, percentOf(massG, basisMassG), notes)
    return massG
  }
  for (const [mass, percent] of PARTS) if (percents[percent] !== undefined) masses[mass] = stated(percents[percent], `${at}/${percent}`)
  const recycledMassG = stated(share, totalRecycledPercent === undefined ? at : `${at}/totalRecycledPercent`)
  const upgraded = { ...same, baseMassG: basisMassG, recycledMassG, ...masses }
  if (totalRecycledPercent === undefined && postConsumerPercent !== undefined && preConsumerPercent !== undefined) {
    notes.loses(at, 'Version 2.0.0 always states the recycled mass as a whole, so it no longer shows that the total was left to be added up.')
  }
  if (totalRecycledPercent !== undefined && (postConsumerPercent === undefined) !== (preConsumerPercent === undefined) && totalRecycledPercent === (postConsumerPercent ?? preConsumerPercent)) {
    notes.loses(`${at}/totalRecycledPercent`, 'Version 2.0.0 always states the recycled mass as a whole, so it no longer shows that the total was stated beside its only part.')
  }
  return upgraded
}

function massOf (percent: number, baseMassG: number): number {
  return roundNumber(baseMassG * percent / 100)
}

function noteRounding (pointer: string, stated: number, back: number, notes: Notes): void {
  if (back === stated) return
  if (Math.abs(back - stated) > MOST_ROUNDING) {
    notes.prevents(pointer, 'Version 2.0.0 states recycled content as masses with 4 decimals of a gram, and the base is too light for that.')
  } else {
    notes.loses(pointer, 'Version 2.0.0 states recycled content as masses with 4 decimals of a gram, which rounds the percentage.')
  }
}

function upgradePackaging ({ components, ...packaging }: Earlier<'packaging'>, evidenceOf: EvidenceOf): Later<'packaging'> {
  return {
    ...resting(packaging, evidenceOf),
    ...(components && { components: components.map(component => ({ ...component, level: LEVELS[component.level] })) })
  }
}

/** The condition is told by the product. */
function upgradeRefurbishment ({ condition: _condition, ...refurbishment }: Earlier<'refurbishment'>, evidenceOf: EvidenceOf): Later<'secondLife'> {
  return resting(refurbishment, evidenceOf)
}
