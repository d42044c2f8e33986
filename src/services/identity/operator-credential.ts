/** The first credential of an exchange: with it, everything else can be set up. */
import type { IdentityAdministration, IssuedCredential } from './identity-administration.js'

/**
 * Makes a credential with every scope of an operator, and the operator's organisation if there is none yet. Each call makes
 * one more, so that an operator who lost the secret gets in again; who can call it has the database anyway.
 *
 * @throws ExchangeError `identity-conflict` when the name or id belongs to another organisation, `validation-failed` when
 * the name yields no id and none is given
 */
export async function createOperatorCredential (
  administration: IdentityAdministration,
  organization: { name: string, id?: string }
): Promise<IssuedCredential> {
  const { id } = await administration.ensureOrganization({ ...organization, role: 'operator' })
  return await administration.createClient({ organizationId: id, name: 'Made by create-operator' })
}

/** The credential for a person at a terminal: the only time that it is shown. */
export function describeCredential ({ organizationId, clientId, clientSecret, apiKey }: IssuedCredential): string {
  return [
    'Keep this now: the secret is stored as a hash only and cannot be shown again.',
    '',
    `organization   ${organizationId}`,
    `client id      ${clientId}`,
    `client secret  ${clientSecret}`,
    `API key        ${apiKey}`,
    ''
  ].join('\n')
}
