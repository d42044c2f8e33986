/** How things are measured here: every figure beside a limit that was measured in the same run, on the same machine. */
import { readFile } from 'node:fs/promises'
import autocannon from 'autocannon'

/** One line of the report. */
export interface Measurement {
  name: string
  /** Operations per second; the median of the rounds. */
  perSecond: number
  /** What the figure is held against, measured in turn with it. */
  limit: { name: string, perSecond: number }
  /** The least ratio that the project promises itself. */
  target: number
  note?: string
}

/** Rounds in which a figure and its limit are measured in turn, so that a drift of the machine meets both. */
const ROUNDS = 3

export interface Load {
  url: string
  /** Called for each request. */
  path: () => string
  headers?: Record<string, string>
  method?: 'GET' | 'POST' | 'PUT'
  body?: () => string
  connections?: number
  seconds?: number
  expectStatus: number
}

/** Requests per second that the server answered with the expected status; throws when any other came. */
export async function requestsPerSecond (load: Load): Promise<number> {
  return (await request(load)).average
}

/** The same, for each second of processor time that the process of the server took: other load on the machine matters less. Linux only. */
export async function requestsPerCpuSecond (load: Load, pid: number): Promise<number> {
  const before = await cpuSeconds(pid)
  const { total } = await request(load)
  return total / (await cpuSeconds(pid) - before)
}

/** Processor time of a process until now, in user and kernel mode (proc(5): fields 14 and 15, in hundredths of a second). */
async function cpuSeconds (pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function request (load: Load): Promise<{ average: number, total: number }> {
  const { url, path, headers = {}, method = 'GET', body, connections = 64, seconds = 4, expectStatus } = load
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    headers,
    requests: [{
      method,
      setupRequest: request => ({ ...request, path: path(), ...(body && { body: body() }) })
    }]
  })
  const statuses = Object.keys(result.statusCodeStats ?? {})
  if (result.errors > 0 || statuses.length !== 1 || statuses[0] !== String(expectStatus)) {
    throw new Error(`${method} ${url}: ${result.errors} errors, statuses ${statuses.join(', ') || 'none'}, expected ${expectStatus}`)
  }
  return result.requests
}

/** Measures both in turn, {@link ROUNDS} times, and takes the medians. */
export async function compare (
  names: { name: string, limit: string, target: number, note?: string, rounds?: number },
  measure: (round: number) => Promise<number>,
  measureLimit: (round: number) => Promise<number>
): Promise<Measurement> {
  const own: number[] = []
  const limits: number[] = []
  for (let round = 0; round < (names.rounds ?? ROUNDS); round++) {
    limits.push(await measureLimit(round))
    own.push(await measure(round))
  }
  const { name, limit, target, note } = names
  return { name, perSecond: median(own), limit: { name: limit, perSecond: median(limits) }, target, ...(note !== undefined && { note }) }
}

/** Things per second that an action handles. */
export async function ratePerSecond (things: number, action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await action()
  return things / (performance.now() - start) * 1000
}

function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
