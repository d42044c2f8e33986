import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'
import { connect } from '../../src/storage/connection.js'
import { createClientsRepository } from '../../src/storage/clients-repository.js'
import { createOrganizationsRepository } from '../../src/storage/organizations-repository.js'
import { matchSecret } from '../../src/services/identity/client-secret.js'
import { parseApiKey } from '../../src/services/identity/api-key.js'
import { testDatabase } from '../support/engine.js'

const run = promisify(execFile)

t.test('the printed credential is one of an operator, and is printed alone', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const env = { ...process.env, MONGODB_URI: uri, MONGODB_DATABASE: databaseName }
  const createOperator = async (...options: string[]) => await run(process.execPath, [projectPath('dist/src/commands/create-operator.js'), ...options], { env })

  const { stdout, stderr } = await createOperator('--name', 'Exchange Operations')
  t.equal(stderr, '')
  const credential = parseApiKey(/^API key +(\S+)$/m.exec(stdout)?.[1] ?? '')
  if (credential === null) throw new Error(`no API key in: ${stdout}`)

  const { db, close } = await connect({ uri, database: databaseName, poolSize: 1 })
  t.teardown(close)
  const client = await createClientsRepository(db).findById(credential.clientId)
  t.ok(matchSecret(client, credential.clientSecret, new Date()))
  t.equal(client?.organizationId, 'org_exchange-operations')
  t.equal((await createOrganizationsRepository(db).findById('org_exchange-operations'))?.role, 'operator')

  await t.rejects(createOperator('--name', '株式会社'), { code: 1, stdout: '', stderr: /needs an id of its own/ })
  await t.rejects(createOperator('--nam', 'x'), { code: 1, stdout: '', stderr: /--nam/ })
  t.match((await createOperator('--name', '株式会社', '--id', 'org_kk')).stdout, /org_kk/)
})
