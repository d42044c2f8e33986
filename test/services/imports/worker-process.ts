/** A process that works on imports until it is killed, on the server of MONGODB_URI in the database of MONGODB_DATABASE. */
import pino from 'pino'
import { createServices } from '../../../src/composition-root.js'
import { loadConfig } from '../../../src/config.js'
import { startImportWorkers } from '../../../src/jobs/import-workers.js'
import { connect } from '../../../src/storage/connection.js'

const config = loadConfig()
const connection = await connect({ uri: config.mongodbUri ?? '', database: config.mongodbDatabase, poolSize: 10 })
const services = await createServices(connection, config)
startImportWorkers(services.importWork, { worker: `process-${process.pid}`, logger: pino({ level: 'silent' }), now: () => new Date() })
setInterval(() => {}, 60_000)
