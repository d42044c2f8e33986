import { SCOPES_OF_ROLE, type Caller } from '../domain/access.js'
import { callerOf, type Organization } from '../domain/organization.js'

/**
 * The caller that a command is when it acts for an organisation. Whoever runs a command has the database in hand, so no credential is
 * asked for; everything else (role, manufacturers, rules) holds as for any other caller.
 *
 * @param command its name, which stands in the place of the client id
 */
export function commandCaller (organization: Organization, command: string): Caller {
  return callerOf(organization, { id: command, scopes: SCOPES_OF_ROLE[organization.role] })
}
