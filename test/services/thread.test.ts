import t from 'tap'
import { once } from 'node:events'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { startThread } from '../../src/services/thread.js'

const MODULE = new URL(`data:text/javascript,${encodeURIComponent(`
  import { getHeapStatistics } from 'node:v8'
  import { parentPort } from 'node:worker_threads'
  parentPort.postMessage({ megabytes: getHeapStatistics().heap_size_limit / 1048576, environment: Object.keys(process.env) })
`)}`)

t.test('a thread keeps to its own limits, also where the process was given more', async t => {
  setFlagsFromString('--max-old-space-size=1024')
  const before = getHeapStatistics().heap_size_limit
  const thread = startThread(MODULE, { resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } })
  const [{ megabytes, environment }] = await once(thread, 'message') as [{ megabytes: number, environment: string[] }]
  t.ok(megabytes < 100, `it may have ${megabytes} MB`)
  t.notOk(environment.includes('PATH'), 'and knows nothing of the environment')
  t.equal(getHeapStatistics().heap_size_limit, before, 'the limit of the process stays')
})
