/** The whole application on a fresh database, with organisations of every role, for tests. */
import pino from 'pino'
import { createServices, type Services } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import type { Role, Scope } from '../../src/domain/access.js'
import type { SchemaLifecycles } from '../../src/domain/schema-versions/lifecycle.js'
import type { App } from '../../src/http/app-types.js'
import { buildApp } from '../../src/http/app.js'
import type { IssuedCredential } from '../../src/services/identity/identity-administration.js'
import { connect, type Connection } from '../../src/storage/connection.js'
import { migrate } from '../../src/storage/migrations.js'
import { watchConformance } from './conformance.js'
import { testDatabase } from './engine.js'

interface TestScope {
  teardown (work: () => Promise<void>): void
}

export interface Member extends IssuedCredential {
  name: string
  /** Ready for `inject` and `fetch`. */
  headers: { 'x-api-key': string }
}

export interface TestExchange {
  app: App
  services: Services
  connection: Connection
  /** Connection string of the server, for further processes. */
  uri: string
  /** Publishes the manufacturers "Nordwind Systems" and "Südlicht Computer". */
  vendor: Member
  /** Publishes the manufacturer "Kiesel Devices". */
  otherVendor: Member
  distributor: Member
  reseller: Member
  operator: Member
  /** One more organisation or client. An organisation of the same name is the same one. */
  addMember: (member: { name: string, role: Role, manufacturers?: readonly string[], scopes?: readonly Scope[] }) => Promise<Member>
}

/** Built for one test and taken down with it; then every answer it gave must have been as the API description says. */
export async function openTestExchange (
  t: TestScope, settings: Readonly<Record<string, string>> = {}, given: { lifecycles?: SchemaLifecycles } = {}
): Promise<TestExchange> {
  const { uri, databaseName } = await testDatabase(t)
  const connection = await connect({ uri, database: databaseName, poolSize: 10 })
  t.teardown(connection.close)
  await migrate(connection.db)

  // How busy the machine is that runs the tests must not decide what they find.
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: uri, MONGODB_DATABASE: databaseName, ...settings })
  const services = await createServices(connection, config, given)
  const app = await buildApp({ config, services, logger: pino({ level: config.logLevel }), version: '0.0.0' })
  const findings = watchConformance(app)
  await app.ready()
  t.teardown(async () => {
    services.close()
    await app.close()
    if (findings().length > 0) throw new Error(`Answers that differ from the API description:\n${findings().join('\n')}`)
  })

  const { administration } = services

  const addMember: TestExchange['addMember'] = async ({ name, role, manufacturers = [], scopes }) => {
    const organization = await administration.ensureOrganization({ name, role })
    for (const manufacturer of manufacturers) await administration.ensureManufacturer(organization.id, manufacturer)
    const credential = await administration.createClient({ organizationId: organization.id, name: 'test', ...(scopes && { scopes }) })
    return { ...credential, name, headers: { 'x-api-key': credential.apiKey } }
  }

  return {
    app,
    services,
    connection,
    uri,
    addMember,
    vendor: await addMember({ name: 'Nordwind Group', role: 'vendor', manufacturers: ['Nordwind Systems', 'Südlicht Computer'] }),
    otherVendor: await addMember({ name: 'Kiesel', role: 'vendor', manufacturers: ['Kiesel Devices'] }),
    distributor: await addMember({ name: 'Weitblick Distribution', role: 'distributor' }),
    reseller: await addMember({ name: 'Eckladen IT', role: 'reseller' }),
    operator: await addMember({ name: 'Exchange Operations', role: 'operator' })
  }
}
