/** From 2.0.0 to 1.1.0: always possible; of several footprints, configurations and sources the first one is kept. */
import { createLosses, type Conversion, type JsonObject } from '../conversion.js'
import { categoryOf } from './category.js'
import { earlierFootprint, earlierMaterial, earlierRecycledContent } from './earlier-form.js'
import { roundNumber } from '../../numbers.js'
import type { ProductRecord } from './schema.js'

type Notes = ReturnType<typeof createLosses>
type Given<Group extends keyof ProductRecord> = NonNullable<ProductRecord[Group]>

const LEVELS = { sales: 'primary', grouped: 'secondary', transport: 'tertiary', eCommerce: 'tertiary' } as const

export function downgrade (later: JsonObject): Conversion {
  const record = later as unknown as ProductRecord
  const notes = createLosses()
  const { product, evidence = [], carbonFootprints, recycledContent, packaging, secondLife, validTo, certifications } = record
  const cited = new Set<string>()
  const [footprint] = carbonFootprints ?? []
  for (const index of (carbonFootprints ?? []).keys()) {
    if (index > 0) notes.loses(`/carbonFootprints/${index}`, 'Version 1.1.0 has room for one footprint, which is the first.')
  }

  /** The group with the provenance that it rests on. */
  function sourced<Group extends { readonly evidenceIds: readonly string[] }> (at: string, { evidenceIds, ...fields }: Group) {
    const [first, ...others] = evidenceIds
    cited.add(first!)
    for (const index of others.keys()) notes.loses(`${at}/evidenceIds/${index + 1}`, 'In version 1.1.0 a group rests on one source, which is the first.')
    const { id: _id, ...provenance } = evidence.find(({ id }) => id === first)!
    return { provenance, ...fields }
  }

  if (secondLife === undefined && product.condition !== undefined) {
    notes.loses('/product/condition', 'In version 1.1.0 the condition is a part of the group refurbishment, which needs a source.')
  }
  const downgraded = {
    schemaVersion: '1.1.0',
    product: downgradeProduct(product, footprint, notes),
    validFrom: record.validFrom,
    ...(validTo !== undefined && { validTo }),
    ...(footprint && { carbonFootprint: sourced('/carbonFootprints/0', { evidenceIds: footprint.evidenceIds, ...earlierFootprint(footprint) }) }),
    ...(recycledContent && { recycledContent: sourced('/recycledContent', { evidenceIds: recycledContent.evidenceIds, ...downgradeRecycledContent(recycledContent, product.massKg, notes) }) }),
    ...(packaging && { packaging: sourced('/packaging', downgradePackaging(packaging, notes)) }),
    ...(secondLife && { refurbishment: { ...sourced('/secondLife', secondLife), condition: product.condition } }),
    ...(record.energy && { energy: sourced('/energy', record.energy) }),
    ...(record.circularity && { circularity: sourced('/circularity', record.circularity) }),
    ...(certifications && { certifications }),
    ...(record.substances && { substances: sourced('/substances', record.substances) }),
    ...(record.responsibleMinerals && { responsibleMinerals: sourced('/responsibleMinerals', record.responsibleMinerals) })
  }
  for (const [index, { id }] of evidence.entries()) {
    if (!cited.has(id)) notes.loses(`/evidence/${index}`, 'No group of the record in version 1.1.0 rests on this evidence.')
  }
  return notes.conversionTo(downgraded)
}

function downgradeProduct (product: Given<'product'>, footprint: Given<'carbonFootprints'>[number] | undefined, notes: Notes): object {
  const { manufacturer: { name, gln, lei, operatorId }, condition: _condition, configurations = [], ...same } = product
  if (lei !== undefined) notes.loses('/product/manufacturer/lei', 'Version 1.1.0 has no such field.')
  if (operatorId !== undefined) notes.loses('/product/manufacturer/operatorId', 'Version 1.1.0 has no such field.')
  const kept = footprint === undefined ? configurations[0] : configurations.find(({ id }) => id === footprint.configurationId)
  for (const [index, configuration] of configurations.entries()) {
    if (configuration !== kept) notes.loses(`/product/configurations/${index}`, 'Version 1.1.0 has room for one configuration, which is that of the first footprint.')
  }
  const { id: _id, ...configuration } = kept ?? { id: undefined }
  return {
    manufacturerName: name,
    ...(gln !== undefined && { manufacturerGln: gln }),
    ...same,
    category: categoryOf(product),
    ...(kept && { configuration })
  }
}

function downgradeRecycledContent (recycledContent: Given<'recycledContent'>, massKg: number | undefined, notes: Notes) {
  const { wholeProduct, materials = [] } = recycledContent
  const at = '/recycledContent'
  const downgraded = earlierRecycledContent(recycledContent)
  if (wholeProduct !== undefined) {
    const { baseMassG, recycledMassG } = wholeProduct
    if (massKg === undefined || roundNumber(massKg * 1000) !== baseMassG) notes.loses(`${at}/wholeProduct/baseMassG`, 'In version 1.1.0 the base is the mass of the product.')
    noteRounding(`${at}/wholeProduct/recycledMassG`, recycledMassG, downgraded.productRecycledPercent!, baseMassG, notes)
  }
  if (materials.length === 0) return downgraded
  return { ...downgraded, materials: materials.map((material, index) => downgradeMaterial(material, `${at}/materials/${index}`, notes)) }
}

function downgradeMaterial (material: NonNullable<Given<'recycledContent'>['materials']>[number], at: string, notes: Notes) {
  const { baseMassG, recycledMassG, postConsumerMassG, preConsumerMassG } = material
  const { totalRecycledPercent, ...parts } = earlierMaterial(material)
  const { postConsumerPercent, preConsumerPercent, closedLoopIteDerivedPercent, oceanBoundPercent, biobasedPercent } = parts
  for (const [name, percent] of Object.entries({ postConsumerPercent, preConsumerPercent, closedLoopIteDerivedPercent, oceanBoundPercent, biobasedPercent })) {
    const mass = name.replace(/Percent$/, 'MassG') as keyof typeof material
    if (percent !== undefined) noteRounding(`${at}/${mass}`, material[mass] as number, percent, baseMassG, notes)
  }
  noteRounding(`${at}/recycledMassG`, recycledMassG, totalRecycledPercent, baseMassG, notes)
  // Where one part is all there is, the total says nothing new.
  const isOnePart = (postConsumerMassG === undefined) !== (preConsumerMassG === undefined) && (postConsumerMassG ?? preConsumerMassG) === recycledMassG
  return isOnePart ? parts : { ...parts, totalRecycledPercent }
}

function noteRounding (pointer: string, massG: number, percent: number, baseMassG: number, notes: Notes): void {
  if (roundNumber(baseMassG * percent / 100) !== massG) notes.loses(pointer, 'In version 1.1.0 it is a percentage with 4 decimals, from which the mass cannot be told exactly.')
}

function downgradePackaging ({ components, ...packaging }: Given<'packaging'>, notes: Notes) {
  for (const [index, { level }] of (components ?? []).entries()) {
    if (level === 'eCommerce') notes.loses(`/packaging/components/${index}/level`, 'Version 1.1.0 does not tell packaging for online sales from other transport packaging.')
  }
  return { ...packaging, ...(components && { components: components.map(component => ({ ...component, level: LEVELS[component.level] })) }) }
}
