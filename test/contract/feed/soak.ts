/**
 * `npm run soak:feed [-- changes]`: the contract of the feed over 1,000,000 changes, on an embedded engine of its own or on
 * the server of MONGODB_URI. Exits with 1 when a mirror differs from the store.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedMongodb } from '../../../src/embedded-mongodb/start-embedded-mongodb.js'
import { connect } from '../../../src/storage/connection.js'
import { migrate } from '../../../src/storage/migrations.js'
import { complaintsOnly } from '../../support/engine.js'
import { runTurmoil } from './turmoil.js'

const mostChanges = Number(process.argv[2] ?? 1_000_000)
const database = `feed-soak-${process.pid}`
const scratch = await mkdtemp(join(tmpdir(), 'esg-exchange-soak-'))
const given = process.env['MONGODB_URI']
const engine = given === undefined || given === '' ? await startEmbeddedMongodb({ dataDirectory: join(scratch, 'database'), logger: complaintsOnly }) : undefined
const uri = engine?.uri ?? given ?? ''
try {
  const { db, close } = await connect({ uri, database, poolSize: 2 })
  await migrate(db)
  const startedAt = Date.now()
  const account = await runTurmoil({
    uri,
    database,
    leaseMs: 5_000,
    processes: 4,
    keys: 20_000,
    largestBatch: 500,
    mostChanges,
    mostMs: Infinity,
    report: text => { process.stdout.write(`${Math.round((Date.now() - startedAt) / 1000)} s: ${text}\n`) }
  })
  await db.dropDatabase()
  await close()
  const isRight = account.mirrors.every(({ complaints, differences }) => complaints.length === 0 && differences.length === 0)
  process.stdout.write(`${JSON.stringify(account, null, 2)}\n${isRight ? 'Every mirror equals the store' : 'A MIRROR DIFFERS FROM THE STORE'}\n`)
  process.exitCode = isRight ? 0 : 1
} finally {
  await engine?.stop()
  await rm(scratch, { recursive: true, force: true })
}
