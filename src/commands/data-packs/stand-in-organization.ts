/**
 * Organisations that stand in for manufacturers which have not joined the exchange, so that their published sheets can be read here.
 *
 * A manufacturer belongs to one organisation. When it joins, the operator moves the manufacturer from the stand-in to the new
 * organisation. The right to write follows the manufacturer, so from then on its owner can replace or withdraw what was entered for
 * it, and nothing is entered for it any more.
 */
import type { Caller } from '../../domain/access.js'
import { commandCaller } from '../../services/command-caller.js'
import type { IdentityAdministration } from '../../services/identity/identity-administration.js'

export type StandIn =
  | { readonly kind: 'stand-in', readonly caller: Caller }
  /** The manufacturer belongs to an organisation that publishes for itself. */
  | { readonly kind: 'publishes-itself', readonly organizationName: string }

/** The name says where the data come from. Seeds use the same names, so that they and data packs share one stand-in. */
export function standInName (manufacturer: string): string {
  return `${manufacturer} (from published sheets)`
}

/**
 * The organisation that stands in for the manufacturer, made if there is none.
 *
 * @throws ExchangeError `validation-failed` when the name cannot be the name of a manufacturer
 */
export async function ensureStandIn (administration: IdentityAdministration, manufacturer: string, command: string): Promise<StandIn> {
  const owner = await administration.findOwnerOfManufacturer(manufacturer) ?? await createStandIn(administration, manufacturer)
  if (owner.name !== standInName(manufacturer)) return { kind: 'publishes-itself', organizationName: owner.name }
  return { kind: 'stand-in', caller: commandCaller(owner, command) }
}

async function createStandIn (administration: IdentityAdministration, manufacturer: string) {
  const { id } = await administration.ensureOrganization({ name: standInName(manufacturer), role: 'vendor' })
  await administration.ensureManufacturer(id, manufacturer)
  const owner = await administration.findOwnerOfManufacturer(manufacturer)
  if (owner === null) throw new Error(`${manufacturer} was given to ${id} and has no owner.`)
  return owner
}
