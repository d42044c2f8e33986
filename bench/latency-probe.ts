/** Thread that sends a light request every few milliseconds until it is told to stop, and answers the 99th percentile: the load has the main thread to itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const { url, headers } = workerData as { url: string, headers: Record<string, string> }
const times: number[] = []
let running = true
parentPort!.once('message', () => { running = false })
while (running) {
  const start = performance.now()
  await (await fetch(`${url}/v1/me`, { headers })).arrayBuffer()
  times.push(performance.now() - start)
  await sleep(5)
}
parentPort!.postMessage(times.toSorted((left, right) => left - right)[Math.floor(times.length * 0.99)] ?? NaN)
