/** Shared schemas of organisations and clients. Listed in `components.ts`. */
import { Type } from 'typebox'
import { ROLES, SCOPES } from '../domain/access.js'
import { DEFAULT_OVERLAP_SECONDS } from '../services/identity/client-administration.js'
import { pageSchema } from './access-components.js'
import { closedString, openString } from './description.js'

const OVERLAP_MAX_S = 90 * 86_400

const name = (description: string, example: string) => Type.String({ minLength: 1, maxLength: 200, description, examples: [example] })
const moment = (description: string) => Type.String({ format: 'date-time', description, examples: ['2027-12-01T00:00:00Z'] })
const manufacturers = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 500, description, examples: [['Nordwind Systems']] })
const markets = Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { maxItems: 250, uniqueItems: true, description: 'Countries in which it is active (ISO 3166-1 alpha-2); grants can be narrowed to them.', examples: [['DE', 'AT']] })
const scopes = (description: string) => Type.Array(closedString(SCOPES), { uniqueItems: true, description, examples: [['products:read', 'changes:read']] })
const addresses = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 100, uniqueItems: true, description, examples: [['203.0.113.0/24', '2001:db8::/32']] })
const role = closedString(ROLES, { description: 'What it does on the exchange.' })
const disabled = (what: string) => Type.Boolean({ description: `Whether ${what} refused; \`false\` lets them in again.` })
const organizationId = (description: string) => Type.String({ minLength: 1, maxLength: 64, description, examples: ['org_weitblick-distribution'] })

const Organization = Type.Object({
  organizationId: Type.String({ description: 'The organisation; chosen once.', examples: ['org_weitblick-distribution'] }),
  name: Type.String({ description: 'Its name.' }),
  role: openString(ROLES, { description: 'What it does on the exchange.' }),
  manufacturers: Type.Optional(Type.Array(Type.String(), { description: 'Manufacturers whose records it publishes. This and what follows is for the organisation itself and for the operator.' })),
  markets: Type.Optional(Type.Array(Type.String(), { description: 'Countries in which it is active (ISO 3166-1 alpha-2).' })),
  disabled: Type.Optional(Type.Boolean({ description: 'Whether all its credentials are refused.' })),
  createdAt: Type.Optional(moment('When it was made.')),
  disabledAt: Type.Optional(moment('Since when it is disabled.'))
}, { $id: 'Organization', description: 'A member of the exchange.' })

const NewOrganization = Type.Object({
  name: name('Its name.', 'Weitblick Distribution'),
  role,
  organizationId: Type.Optional(organizationId('Its id; left out: made from the name.')),
  manufacturers: Type.Optional(manufacturers('For a vendor: manufacturers whose records it publishes. A manufacturer belongs to one organisation.')),
  markets: Type.Optional(markets)
}, { $id: 'NewOrganization', additionalProperties: false, description: 'An organisation to be made.', examples: [{ name: 'Weitblick Distribution', role: 'distributor', markets: ['DE', 'AT'] }] })

const OrganizationContent = Type.Object({
  name: name('Its name; the id stays.', 'Weitblick Distribution'),
  role,
  manufacturers: manufacturers('Manufacturers whose records it publishes; empty unless a vendor. What it published of one that is taken away stays.'),
  markets,
  disabled: disabled('all its credentials are')
}, { $id: 'OrganizationContent', additionalProperties: false, description: 'All that can be changed of an organisation.', examples: [{ name: 'Weitblick Distribution', role: 'distributor', manufacturers: [], markets: ['DE', 'AT', 'CH'], disabled: false }] })

const ClientSecret = Type.Object({
  secretId: Type.String({ description: 'The secret; says nothing about its value.', examples: ['sec_5f1d0c9a7b3e'] }),
  createdAt: moment('When it was made.'),
  expiresAt: Type.Optional(moment('From when on it is refused; absent: it does not expire.')),
  lastUsedAt: Type.Optional(moment('When it was last used, to the hour; absent: never.'))
}, { $id: 'ClientSecret', description: 'A secret of a client, without its value.' })

const clientMembers = {
  clientId: Type.String({ description: 'The client; public.', examples: ['5f1d0c9a7b3e2f4a6c8d'] }),
  organizationId: Type.String({ description: 'The organisation that it acts for.' }),
  name: Type.String({ description: 'For people: what it is for.' }),
  scopes: Type.Array(openString(SCOPES, { description: 'What it may do.' })),
  allowedAddresses: Type.Array(Type.String(), { description: 'Addresses and ranges from which it may be used; empty: from anywhere.' }),
  disabled: Type.Boolean({ description: 'Whether it is refused.' }),
  createdAt: moment('When it was made.'),
  expiresAt: Type.Optional(moment('From when on it is refused; absent: it does not expire.')),
  disabledAt: Type.Optional(moment('Since when it is disabled.')),
  lastUsedAt: Type.Optional(moment('When a secret of it was last used, to the hour; absent: never.')),
  secrets: Type.Array(Type.Unsafe({ $ref: 'ClientSecret#' }), { description: 'Its secrets, at most two.' })
}

const Client = Type.Object(clientMembers, { $id: 'Client', description: 'A credential with which an organisation calls the exchange.' })

const ClientWithSecret = Type.Object({
  ...clientMembers,
  clientSecret: Type.String({ description: 'The new secret. It is shown here and never again.' }),
  apiKey: Type.String({ description: 'The same credential for `X-API-Key`.' })
}, { $id: 'ClientWithSecret', description: 'A client and the secret that was just made for it.' })

const NewClient = Type.Object({
  name: name('For people: what it is for.', 'Nightly push'),
  organizationId: Type.Optional(organizationId('For the operator: the organisation that it acts for; default: yours.')),
  scopes: Type.Optional(scopes('What it may do; default: all that the role of the organisation allows.')),
  allowedAddresses: Type.Optional(addresses('IPv4 and IPv6 addresses and CIDR ranges from which it may be used; default: those to which the client that asks is bound, or from anywhere.')),
  expiresAt: Type.Optional(moment('From when on it is refused; default: it does not expire.'))
}, { $id: 'NewClient', additionalProperties: false, description: 'A client to be made.', examples: [{ name: 'Nightly push', scopes: ['products:read', 'changes:read'], allowedAddresses: ['203.0.113.0/24'] }] })

const ClientContent = Type.Object({
  name: name('For people: what it is for.', 'Nightly push'),
  scopes: scopes('What it may do.'),
  allowedAddresses: addresses('IPv4 and IPv6 addresses and CIDR ranges from which it may be used; empty: from anywhere.'),
  disabled: disabled('all its secrets and tokens are'),
  expiresAt: Type.Optional(Type.Unsafe<string>({
    anyOf: [{ type: 'string', format: 'date-time' }, { type: 'string', const: 'never' }],
    description: 'From when on it is refused; `never`: it does not expire. Has to be said of a client that has an end.',
    examples: ['2027-12-01T00:00:00Z']
  }))
}, { $id: 'ClientContent', additionalProperties: false, description: 'All that can be changed of a client, apart from its secrets.', examples: [{ name: 'Nightly push', scopes: ['products:read'], allowedAddresses: [], disabled: false }] })

const SecretRotation = Type.Object({
  overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: OVERLAP_MAX_S, description: `For how long the secrets of today are accepted beside the new one, at most 90 days; 0 ends them at once. Default: ${DEFAULT_OVERLAP_SECONDS}, a week.` })),
  expiresAt: Type.Optional(moment('End of the new secret; left out: it does not expire.'))
}, { $id: 'SecretRotation', additionalProperties: false, description: 'How a secret is replaced.', examples: [{ overlapSeconds: DEFAULT_OVERLAP_SECONDS }] })

export const IDENTITY_SCHEMAS: readonly object[] = [
  Organization, NewOrganization, OrganizationContent, pageSchema('OrganizationPage', 'Organization', 'One page of organisations.'),
  ClientSecret, Client, ClientWithSecret, NewClient, ClientContent, SecretRotation, pageSchema('ClientPage', 'Client', 'One page of clients.')
]
