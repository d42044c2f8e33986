/** A process that runs an engine on the directory it is given, until it is killed: what the exchange is to its engine. */
import { startEmbeddedMongodb } from '../../src/embedded-mongodb/start-embedded-mongodb.js'
import { complaintsOnly } from './engine.js'

const [dataDirectory = ''] = process.argv.slice(2)
const engine = await startEmbeddedMongodb({ dataDirectory, logger: complaintsOnly })
process.send?.({ engine: engine.pid(), uri: engine.uri })
